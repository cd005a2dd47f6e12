import type { Corpus } from './index.ts';

const at = (binding: number, declaration: string) => `@group(0) @binding(${binding}) ${declaration};`;
const main = (body: string) => `@compute @workgroup_size(1) fn main() { ${body} }`;
const one = (type: string, body: string) => `${at(0, `var t: ${type}`)} ${main(body)}`;
const written = (type: string, rest: string) => one(`${type}, write>`, `textureStore(t, ${rest});`);

const FORMATS = [
  ...['rgba8unorm', 'rgba8snorm', 'rgba16float', 'r32float', 'rg32float', 'rgba32float', 'bgra8unorm'],
  ...['rgba8uint', 'rgba16uint', 'r32uint', 'rg32uint', 'rgba32uint'],
  ...['rgba8sint', 'rgba16sint', 'r32sint', 'rg32sint', 'rgba32sint'],
];
const element = (format: string) => (format.endsWith('uint') ? 'u' : format.endsWith('sint') ? 'i' : 'f');

export const textures: Corpus = {
  subject: 'textures',
  modules: {
    valid: [
      ...FORMATS.map((format) =>
        written(`texture_storage_2d<${format}`, `vec2u(), vec4${element(format)}()`),
      ),
      ...FORMATS.map((format) =>
        one(`texture_storage_1d<${format}, read>`, `let x: vec4${element(format)} = textureLoad(t, 1);`),
      ),
      one(
        'texture_storage_2d<rgba8unorm, read_write>',
        'textureStore(t, vec2(1), textureLoad(t, vec2(1u)));',
      ),
      written('texture_storage_1d<rgba8unorm', '1, vec4(1)'),
      written('texture_storage_1d<r32uint', '1u, vec4(1)'),
      written('texture_storage_2d_array<r32sint', 'vec2i(), 3u, vec4(1)'),
      written('texture_storage_2d_array<r32sint', 'vec2(1, 2), 3, vec4i(1)'),
      written('texture_storage_3d<r32float', 'vec3u(), vec4(1, 2.5, 3, 4)'),
      one('texture_storage_2d_array<r32float, write>', 'let x: u32 = textureNumLayers(t);'),
      one('texture_storage_1d<r32float, write>', 'let x: u32 = textureDimensions(t);'),
      one('texture_storage_2d<r32float, read>', 'let x: vec2u = textureDimensions(t);'),
      one('texture_storage_2d_array<r32float, write>', 'let x: vec2u = textureDimensions(t);'),
      one('texture_storage_3d<r32float, write>', 'let x: vec3u = textureDimensions(t);'),
      one('texture_storage_2d<r32float, write>', '_ = t;'),
      one('texture_storage_2d<r32float, write>', 'let u = t; textureStore(u, vec2(0), vec4f());'),
      `requires readonly_and_readwrite_storage_textures; ${one('texture_storage_2d<r32float, read>', '_ = t;')}`,
      `alias T = texture_storage_2d<r32float, write>; ${one('T', 'textureStore(t, vec2(0), vec4f());')}`,
      `fn f(t: texture_storage_2d<r32float, read>, x: vec2u) -> f32 { return textureLoad(t, x).x; }
       ${one('texture_storage_2d<r32float, read>', 'let x = f(t, vec2u(1));')}`,
      `fn f(t: texture_storage_2d<r32float, write>, x: ptr<function, f32>) { textureStore(t, vec2u(), vec4(*x)); }
       ${one('texture_storage_2d<r32float, write>', 'var x = 1f; f(t, &x);')}`,
      `${at(0, 'var t: texture_storage_2d<r32float, read>')} ${at(1, 'var u: texture_storage_2d<r32float, write>')}
       ${main('textureStore(u, vec2(0), textureLoad(t, vec2(0)));')}`,
      `const rgba8unorm = 1; ${at(0, 'var t: texture_storage_2d<r32float, read>')}`,
      `const write = 1; ${at(0, 'var t: texture_storage_2d<r32float, read>')}`,
      `const textureLoad = 1; ${at(0, 'var t: texture_storage_2d<r32float, read>')}`,
      `struct texture_storage_2d { x: f32 } ${at(0, 'var<storage> t: texture_storage_2d')}`,
      one('texture_storage_2d<r32float, read>', 'if textureLoad(t, vec2(0)).x > 0 { workgroupBarrier(); }'),
      one('texture_storage_2d<r32float, read>', 'if textureDimensions(t).x > 0 { textureBarrier(); }'),
      `${at(0, 'var t: texture_storage_2d<r32float, read>')}
       @vertex fn v() -> @builtin(position) vec4f { return textureLoad(t, vec2(0)); }`,
      `${at(0, 'var t: texture_storage_2d<r32float, read_write>')}
       @fragment fn f() { textureStore(t, vec2(0), vec4f()); }`,
    ],
    invalid: [
      at(0, 'var t: texture_storage_2d'),
      at(0, 'var t: texture_storage_2d<r32float>'),
      at(0, 'var t: texture_storage_2d<write, r32float>'),
      at(0, 'var t: texture_storage_2d<r32float, write, 1>'),
      at(0, 'var t: texture_storage_2d<r32float, append>'),
      at(0, 'var t: texture_storage_2d<rgb8unorm, write>'),
      at(0, 'var t: texture_storage_2d<rgba8unorm_srgb, write>'),
      at(0, 'var t: texture_storage_2d<f32, write>'),
      at(0, 'var t: texture_storage_cube<r32float, write>'),
      `const r32float = 1; ${at(0, 'var t: texture_storage_2d<r32float, write>')}`,
      at(0, 'var<storage> t: texture_storage_2d<r32float, write>'),
      at(0, 'var<uniform> t: texture_storage_2d<r32float, write>'),
      at(0, 'var<handle> t: texture_storage_2d<r32float, write>'),
      'var<private> t: texture_storage_2d<r32float, write>;',
      'var t: texture_storage_2d<r32float, write>;',
      '@group(0) var t: texture_storage_2d<r32float, write>;',
      at(0, 'var t: array<texture_storage_2d<r32float, write>, 2>'),
      'struct S { t: texture_storage_2d<r32float, write> }',
      'fn f() -> texture_storage_2d<r32float, write> { }',
      'fn f(p: ptr<function, texture_storage_2d<r32float, write>>) { }',
      'fn f(p: ptr<handle, texture_storage_2d<r32float, write>>) { }',
      '@compute @workgroup_size(1) fn f(t: texture_storage_2d<r32float, write>) { }',
      '@fragment fn f(@location(0) t: texture_storage_2d<r32float, write>) { }',
      main('var t: texture_storage_2d<r32float, write>;'),
      one('texture_storage_2d<r32float, write>', 'var u = t;'),
      one('texture_storage_2d<r32float, write>', 'let p = &t;'),
      one('texture_storage_2d<r32float, write>', 'const u = t;'),
      one('texture_storage_2d<r32float, write>', 't = t;'),
      one('texture_storage_2d<r32float, write>', 'let x = t.x;'),
      one('texture_storage_2d<r32float, write>', 'let x = t[0];'),
      one('texture_storage_2d<r32float, write>', 'let x = t + t;'),
      one('texture_storage_2d<r32float, write>', 'let x = t == t;'),
      one('texture_storage_2d<r32float, write>', 'let x = textureLoad(t, vec2(0));'),
      one('texture_storage_2d<r32float, read>', 'textureStore(t, vec2(0), vec4f());'),
      one('texture_storage_2d<r32float, read>', 'textureLoad(t, vec2(0));'),
      one('texture_storage_2d<r32float, read>', 'textureDimensions(t);'),
      one('texture_storage_2d<r32float, read>', 'let x = textureLoad(t, vec2(0), 0);'),
      one('texture_storage_2d<r32float, read>', 'let x = textureLoad(t);'),
      one('texture_storage_2d<r32float, read>', 'let x = textureLoad<f32>(t, vec2(0));'),
      one('texture_storage_2d<r32float, read>', 'let x = textureLoad(t, vec2(0.5));'),
      one('texture_storage_2d<r32float, read>', 'let x = textureLoad(t, vec2f());'),
      one('texture_storage_2d<r32float, read>', 'let x = textureLoad(t, vec3(1));'),
      one('texture_storage_2d<r32float, read>', 'let x = textureLoad(t, 1);'),
      one('texture_storage_1d<r32float, read>', 'let x = textureLoad(t, vec2(1));'),
      one('texture_storage_1d<r32float, read>', 'let x = textureLoad(t, true);'),
      one('texture_storage_2d<r32float, read>', 'let x = textureNumLayers(t);'),
      one('texture_storage_2d<r32float, read>', 'let x = textureDimensions(t, 0);'),
      one('texture_storage_2d<r32float, read>', 'let x = textureNumLevels(t);'),
      one('texture_storage_2d<r32float, read>', 'let x = textureDimensions();'),
      one('texture_storage_2d<r32float, read>', 'let x = textureDimensions(1);'),
      one('texture_storage_2d<r32float, write>', 'let x = textureStore(t, vec2(0), vec4f());'),
      written('texture_storage_2d<r32float', 'vec2(0), vec4i()'),
      written('texture_storage_2d<r32float', 'vec2(0), 1.0'),
      written('texture_storage_2d<r32float', 'vec2(0), vec3f()'),
      written('texture_storage_2d<r32uint', 'vec2(0), vec4f()'),
      written('texture_storage_2d<r32uint', 'vec2(0), vec4(-1)'),
      written('texture_storage_2d<r32float', 'vec2(0), 0, vec4f()'),
      written('texture_storage_2d_array<r32float', 'vec2(0), vec4f()'),
      written('texture_storage_2d_array<r32float', 'vec2(0), 0.0, vec4f()'),
      written('texture_storage_3d<r32float', 'vec2(0), vec4f()'),
      `${at(0, 'var t: texture_storage_2d<r32float, read>')} const x = textureDimensions(t);`,
      `fn f(t: texture_storage_2d<r32float, read>) { } ${one('texture_storage_2d<r32float, write>', 'f(t);')}`,
      `fn f(t: texture_storage_2d<r32float, read>) { } ${one('texture_storage_2d<rgba8unorm, read>', 'f(t);')}`,
      main('let x = texture_storage_2d<r32float, read>();'),
      main('let x = textureLoad;'),
      `${at(0, 'var t: texture_storage_2d<r32float, read>')} ${at(0, 'var u: texture_storage_2d<r32float, read>')}
       ${main('_ = t; _ = u;')}`,
      one(
        'texture_storage_2d<r32float, read_write>',
        'if textureLoad(t, vec2(0)).x > 0 { workgroupBarrier(); }',
      ),
      `fn f(t: texture_storage_2d<r32float, read_write>) -> f32 { return textureLoad(t, vec2(0)).x; }
       ${one('texture_storage_2d<r32float, read_write>', 'if f(t) > 0 { workgroupBarrier(); }')}`,
      `${at(0, 'var t: texture_storage_2d<r32float, write>')}
       @vertex fn v() -> @builtin(position) vec4f { textureStore(t, vec2(0), vec4f()); return vec4f(); }`,
      `${at(0, 'var t: texture_storage_2d<r32float, read_write>')}
       @vertex fn v() -> @builtin(position) vec4f { return textureLoad(t, vec2(0)); }`,
    ],
  },
};
