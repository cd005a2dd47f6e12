/** A kind of file that people give to a reader of another one. */
export interface FileKind {
  /** Its short name, for programs: `safetensors`, `torch`. */
  readonly id: string;
  /** As a sentence goes on after "it looks like". */
  readonly looks: string;
  /** Python (numpy as `np`) that reads the file `sys.argv[1]` into a dictionary of numpy arrays. */
  readonly arrays?: string;
  /** What to do about it whatever was wanted, where no line of Python does. */
  readonly advice?: string;
}

/** How many of a file's last bytes tell the kinds of zip files apart. */
export const tailBytes = 1 << 16;

interface Rule extends FileKind {
  matches(start: Uint8Array, end: Uint8Array): boolean;
}

const torchLoad = "torch.load(sys.argv[1], map_location='cpu', weights_only=True)";
const unpack = (how: string) => `Unpack it first, for instance with ${how}.`;
const picture =
  'Collect pictures in one array first: np.stack([np.asarray(PIL.Image.open(p)) for p in paths]).';
const page =
  'A server sent that in place of the file: look at it in a text editor, check the address and fetch it again.';

/** The first rule that matches counts. */
const rules: readonly Rule[] = [
  {
    id: 'safetensors',
    looks: 'a safetensors file',
    arrays: 'safetensors.numpy.load_file(sys.argv[1])',
    // The header's length, then its JSON. First: a length may begin with another kind's bytes.
    matches: (start) => start[8] === 0x7b && start[5] === 0 && start[6] === 0 && start[7] === 0,
  },
  {
    id: 'torchscript',
    looks: 'a TorchScript module (torch.jit.save), a zip of pickles and code',
    arrays: "{k: v.numpy() for k, v in torch.jit.load(sys.argv[1], map_location='cpu').state_dict().items()}",
    matches: zipWith(/\/constants\.pkl/),
  },
  {
    id: 'torch',
    looks: 'a file of torch.save (.pth, .pt): a zip with a pickle, which can run any code when it is read',
    arrays: `{k: v.numpy() for k, v in ${torchLoad}.items()}`,
    matches: zipWith(/\/data\.pkl/),
  },
  {
    id: 'keras',
    looks: 'a Keras model (.keras)',
    advice:
      'Save its weights as arrays: np.savez(path, **{str(i): w for i, w in enumerate(model.get_weights())}).',
    matches: zipWith(/model\.weights\.h5/),
  },
  {
    id: 'npz',
    looks: 'an npz file of numpy',
    arrays: 'dict(np.load(sys.argv[1]))',
    matches: zipWith(/\.npy/),
  },
  { id: 'zip', looks: 'a zip file without arrays', advice: unpack('unzip'), matches: zipWith(/(?:)/) },
  {
    id: 'npy',
    looks: 'a single array of numpy (.npy)',
    arrays: "{'array': np.load(sys.argv[1])}",
    matches: bytes(0x93, 'NUMPY'),
  },
  {
    id: 'torch-legacy',
    looks: 'a file of torch.save in its old format: a pickle, which can run any code when it is read',
    arrays: `{k: v.numpy() for k, v in ${torchLoad}.items()}`,
    // Protocol 2, then the number 0x1950a86a20f9469cfc6c.
    matches: bytes(0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19),
  },
  {
    id: 'pickle',
    looks: 'a Python pickle, which can run any code when it is read',
    advice: 'Read it in the Python that wrote it, if you trust it, and save the arrays in it.',
    matches: (start) => start[0] === 0x80 && start[1] >= 2 && start[1] <= 5 && !text(start, 2),
  },
  {
    id: 'hdf5',
    looks: 'an HDF5 file (.h5, as Keras writes it)',
    arrays:
      "(lambda f, d: (f.visititems(lambda k, v: d.update({k: v[()]}) if hasattr(v, 'dtype') else None), " +
      'd)[1])(h5py.File(sys.argv[1]), {})',
    matches: bytes(0x89, 'HDF\r\n', 0x1a, 0x0a),
  },
  {
    id: 'matlab',
    looks: 'a MATLAB file (.mat)',
    arrays: "{k: v for k, v in scipy.io.loadmat(sys.argv[1]).items() if k[0] != '_'}",
    matches: bytes('MATLAB '),
  },
  {
    id: 'onnx',
    looks: 'an ONNX model',
    arrays: '{t.name: onnx.numpy_helper.to_array(t) for t in onnx.load(sys.argv[1]).graph.initializer}',
    // Protobuf: field 1 (the version) is a small number, field 2 (the producer) a short text, or field 7 the graph.
    matches: (start) =>
      start[0] === 8 &&
      start[1] > 0 &&
      start[1] < 32 &&
      (start[2] === 0x3a || (start[2] === 0x12 && text(start, 4, start[3]))),
  },
  {
    id: 'tflite',
    looks: 'a TensorFlow Lite model',
    advice: 'Take the weights from the model that it was made of.',
    matches: at(4, bytes('TFL3')),
  },
  {
    id: 'gguf',
    looks: 'a GGUF file',
    advice: 'Take the weights from the model that it was made of.',
    matches: bytes('GGUF'),
  },
  { id: 'gzip', looks: 'a file packed with gzip', advice: unpack('gunzip'), matches: bytes(0x1f, 0x8b) },
  { id: 'bzip2', looks: 'a file packed with bzip2', advice: unpack('bunzip2'), matches: bytes('BZh') },
  { id: 'xz', looks: 'a file packed with xz', advice: unpack('unxz'), matches: bytes(0xfd, '7zXZ', 0) },
  {
    id: 'zstd',
    looks: 'a file packed with zstd',
    advice: unpack('unzstd'),
    matches: bytes(0x28, 0xb5, 0x2f, 0xfd),
  },
  { id: '7z', looks: 'a 7z archive', advice: unpack('7z x'), matches: bytes('7z', 0xbc, 0xaf, 0x27, 0x1c) },
  { id: 'rar', looks: 'a RAR archive', advice: unpack('unrar x'), matches: bytes('Rar!', 0x1a, 0x07) },
  { id: 'tar', looks: 'a tar archive', advice: unpack('tar -xf'), matches: at(257, bytes('ustar')) },
  { id: 'png', looks: 'a PNG picture', advice: picture, matches: bytes(0x89, 'PNG\r\n', 0x1a, 0x0a) },
  { id: 'jpeg', looks: 'a JPEG picture', advice: picture, matches: bytes(0xff, 0xd8, 0xff) },
  { id: 'gif', looks: 'a GIF picture', advice: picture, matches: bytes('GIF8') },
  { id: 'webp', looks: 'a WebP picture', advice: picture, matches: at(8, bytes('WEBP')) },
  {
    id: 'bmp',
    looks: 'a BMP picture',
    advice: picture,
    matches: (start) => bytes('BM')(start) && bytes(0, 0, 0, 0)(start.subarray(6)),
  },
  {
    id: 'tiff',
    looks: 'a TIFF picture',
    advice: picture,
    matches: (start) => bytes('II*', 0)(start) || bytes('MM', 0, '*')(start),
  },
  {
    id: 'dicom',
    looks: 'a DICOM image',
    advice: 'Collect images in one array first: np.stack([pydicom.dcmread(p).pixel_array for p in paths]).',
    matches: at(128, bytes('DICM')),
  },
  { id: 'pdf', looks: 'a PDF document', matches: bytes('%PDF') },
  { id: 'parquet', looks: 'a Parquet table', matches: bytes('PAR1') },
  {
    id: 'git-lfs',
    looks: 'a pointer of Git LFS, not the file itself',
    advice: 'Fetch the file itself: git lfs pull.',
    matches: bytes('version https://git-lfs'),
  },
  {
    id: 'git-annex',
    looks: 'a pointer of git-annex, not the file itself',
    advice: 'Fetch the file itself: git annex get.',
    matches: (start) => words(start, /^\/annex\/objects\//),
  },
  {
    id: 'html',
    looks: 'a web page (HTML)',
    advice: page,
    matches: (start) => words(start, /^\s*(<!--[^>]*>\s*)?<(!doctype html|html|head|body)\b/i),
  },
  {
    id: 'xml',
    looks: 'XML, such as a server answers with when it refuses',
    advice: page,
    matches: (start) => words(start, /^\s*<\?xml/i),
  },
  {
    id: 'json',
    looks: 'JSON text',
    matches: (start) => words(start, /^\s*[{[]\s*(["\]}{[\d-]|true|false|null)/),
  },
  {
    id: 'zeros',
    looks: 'nothing but zero bytes, as a broken download leaves them',
    advice: 'Fetch it again.',
    matches: (start, end) => start.length >= 64 && isZero(start) && isZero(end),
  },
  {
    id: 'text',
    looks: 'plain text',
    matches: (start) => start.length >= 8 && text(start, 0),
  },
];

/**
 * The kind of a file.
 *
 * @param start its first bytes: 512 or more tell every kind; fewer, some
 * @param end its last bytes ({@link tailBytes}), where a zip keeps the names of what it holds; by default `start`
 * @returns undefined where no kind is known
 */
export function fileKind(start: Uint8Array, end: Uint8Array = start): FileKind | undefined {
  return rules.find((rule) => rule.matches(start, end));
}

/** Whether the bytes begin with these, given as numbers and as texts. */
function bytes(...parts: readonly (number | string)[]): (start: Uint8Array) => boolean {
  const wanted = parts.flatMap((part) =>
    typeof part === 'number' ? [part] : Array.from(part, (character) => character.charCodeAt(0)),
  );
  return (start) => start.length >= wanted.length && wanted.every((byte, i) => start[i] === byte);
}

function at(offset: number, rule: (start: Uint8Array) => boolean): (start: Uint8Array) => boolean {
  return (start) => rule(start.subarray(offset));
}

/** A zip in whose first or last bytes, which hold its names, this stands. */
function zipWith(name: RegExp): (start: Uint8Array, end: Uint8Array) => boolean {
  return (start, end) =>
    (bytes('PK', 3, 4)(start) || bytes('PK', 5, 6)(start)) &&
    [start.subarray(0, 512), end.subarray(-tailBytes)].some((part) => name.test(latin(part)));
}

/** Whether the first characters, as text, match. */
function words(start: Uint8Array, pattern: RegExp): boolean {
  return pattern.test(latin(start.subarray(bytes(0xef, 0xbb, 0xbf)(start) ? 3 : 0, 256)));
}

/** Whether `length` bytes from `from`, or those that are there up to 512, are printable ASCII or UTF-8. */
function text(start: Uint8Array, from: number, length = 512): boolean {
  const part = start.subarray(from, from + length);
  return part.length > 0 && part.every((byte) => (byte >= 0x20 ? byte !== 0x7f : byte >= 9 && byte <= 13));
}

function isZero(part: Uint8Array): boolean {
  return part.every((byte) => byte === 0);
}

function latin(part: Uint8Array): string {
  return new TextDecoder('latin1').decode(part);
}
