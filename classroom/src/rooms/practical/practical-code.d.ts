/** Made by the build (`site.ts`). */
declare module 'virtual:practical-code' {
  /** Files of the project that the answers link to, by path from its root. */
  export const code: Readonly<Record<string, string>>;
  /** The project's version. */
  export const version: string;
}
