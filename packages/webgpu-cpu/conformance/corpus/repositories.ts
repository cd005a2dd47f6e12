/** Public repositories with WGSL that nobody here wrote, each at one commit. */
export const repositories: Readonly<Record<string, string>> = {
  '0hq/WebGPT': 'a83cdc8d46e8d140b55d87089482999580b64a3d',
  'AnswerDotAI/gpu.cpp': '09bdeaa7a0c6715ed7624ee90eda53aa2d8c4cbc',
  'FL33TW00D/wgpu-mm': '844e5fa73ee562bcde85dd9f8bd62f6c8f88ff5f',
  'KeKsBoTer/web-splat': '959a3ecc2b649a2677fa6c56f4a1a19eb4c3fc80',
  'b0nes164/GPUPrefixSums': '98d93a4e9ed2f3c8353119515bf9be90a2e137ad',
  'gfx-rs/wgpu': '64a61ee5c69569bbb3db03563997e88a229eba17',
  'gnikoloff/webgpu-compute-metaballs': 'a9de34f23a54fb1c9e6cc1a0da8ae021db379353',
  'greggman/webgpufundamentals': '9b9b3dbb10219c5a57c360c1514441069a543703',
  'kishimisu/WebGPU-Radix-Sort': '4c7d5cb8cf6bc584b18ee3ee38422b74e52fb6b3',
  'matsuoka-601/WebGPU-Ocean': '3bd932778650b5e756ba2590969ed618313843ad',
  'sotrh/learn-wgpu': 'ef5e96ed75444b2bff4b4991644ea5f14fa6b98b',
  'webgpu/webgpu-samples': '27925c84407854b8c1933ee449b3e4171ea2277d',
};
