/**
 * What a host sends with every file of the classroom. The first two let threads share memory
 * (https://web.dev/articles/coop-coep); the others keep dropped images in the page.
 */
export const headers = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Content-Security-Policy': [
    "default-src 'self'",
    "connect-src 'self'",
    // The kernels are WebAssembly that the page itself compiles.
    "script-src 'self' 'wasm-unsafe-eval'",
    // Charts bring their style with them.
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; '),
  'X-Content-Type-Options': 'nosniff',
} as const;
