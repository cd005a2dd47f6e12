const en = {
  title: 'From text to time',
  intro:
    'A kernel is a text. It becomes WebAssembly, line by line, and takes time. Change the text, and ' +
    'measure it against the built-in one.',
  kernel: 'Kernel',
  kernelsOfNet: 'Kernels of the net',
  chooseOfNet: 'Choose a layer …',
  ladders: 'Versions of the ladder',
  parts: {
    forward: 'forward',
    inputGradient: 'gradient of its input',
    weightGradient: 'gradient of its weights',
  },
  shape: (dimensions: string) => `Shape (${dimensions})`,
  choices: { outChannels: 'Output channels', kernelSize: 'Window', stride: 'Stride', padding: 'Padding' },
  part: 'Kernel of several',
  cost: (flop: string, bytes: string, groups: string) =>
    `${flop} FLOP, at least ${bytes} bytes; ${groups} workgroups`,
  beside: 'WGSL beside the WebAssembly that it became',
  besideHint:
    'Point at a line, or move the cursor to it: its counterparts are marked. Lines that the text has ' +
    'nowhere, such as the loop over workgroups, have none.',
  wgsl: 'WGSL',
  ownWgsl: 'WGSL, changed',
  wasm: 'WebAssembly',
  lines: (count: number) => `${count.toLocaleString('en')} lines`,
  pointed: (line: number, count: number) =>
    count === 0
      ? `Line ${line} of the WGSL: no instruction of its own`
      : `Line ${line} of the WGSL: ${count} ${count === 1 ? 'instruction' : 'instructions'}`,
  noLine: 'This line stands nowhere in the WGSL',
  asBefore: 'The WebAssembly is that of the last text that compiled.',
  compiling: 'Compiling …',
  backToBuiltIn: 'Back to the built-in text',
  readOnlyVersion: 'Versions of the ladder are measured below. To change a text, choose a kernel.',
  against: 'Own kernel against the built-in one',
  againstHint:
    'Both are checked against float64 first. Then they take turns: own, built-in, built-in, own. So ' +
    'what else the machine does meets both alike.',
  unchanged: 'The text is the built-in one: the ratio shows how far the measurement can be trusted.',
  rounds: 'Rounds',
  grid: 'Workgroups (XxYxZ)',
  gridAuto: 'as many as needed',
  measure: 'Check and measure',
  stop: 'Stop',
  stages: {
    opening: 'Opening the device …',
    check: 'Checking both against float64 …',
    roofline: 'Measuring peak and bandwidth of this device …',
    turns: (done: number, of: number) => `Round ${done} of ${of}`,
    versions: (done: number, of: number) => `${done} of ${of} versions measured`,
  },
  who: { own: 'The own kernel', 'built-in': 'The built-in kernel' },
  wrong: (who: string, place: string, got: string, expected: string) =>
    `${who} is wrong, and is not timed: ${place} is ${got}, and ${expected} was expected.`,
  wrongCount: (count: number, of: number) =>
    `${count.toLocaleString('en')} of ${of.toLocaleString('en')} elements are wrong.`,
  padding: (who: string, place: string, got: string) =>
    `${who} is wrong, and is not timed: padding must stay 0, but ${place} is ${got}.`,
  right: 'Both kernels are right.',
  speedup: (ratio: string, low: string, high: string) =>
    `The own kernel is ${ratio} times as fast as the built-in one; half of all rounds lie between ` +
    `${low} and ${high}.`,
  noisy: 'The ratio is not known within 3 %: other programs ran. Take more rounds, or a quieter moment.',
  gridNote: 'Grid: ',
  columns: {
    kernel: 'kernel',
    us: 'µs, median',
    quartiles: 'quartiles',
    gflops: 'GFLOPS',
    gb: 'GB/s',
    roof: '% of roof',
    version: 'version',
    gain: 'gain',
    inAll: 'in all',
    adds: 'what it adds',
  },
  own: 'own',
  builtIn: 'built-in',
  copyMarkdown: 'Copy as Markdown',
  copyJson: 'Copy as JSON',
  copyLink: 'Copy link',
  copied: 'Copied',
  linkCopied: 'Link copied: it opens this kernel with these shapes and this text',
  notCopied: 'The browser did not let the page copy.',
  tooLong: 'This text is too long for a link. Copy the text itself.',
  ladder: 'The ladder: from naive to tiled, here and now',
  ladderHint:
    'The same computation in six versions; each adds one idea. Each is checked against float64, then ' +
    'timed on this device.',
  ladderOf: 'Computation',
  run: 'Run the ladder',
  bars: (name: string) => `GFLOPS of each version of ${name}; more is better`,
  roofline: (name: string) => `Roofline: where the versions of ${name} lie below what this device can do`,
  intensity: 'FLOP for each byte',
  roofs: (peak: string, cache: string, memory: string) =>
    `Peak: ${peak} GFLOPS. Dashed: the fastest cache, ${cache} GB/s. Line: the largest working set, ${memory} GB/s.`,
  addressProblem: (field: string, value: string) =>
    `The address has “${field}” as “${value}”, which cannot be used.`,
  device: 'Device of this room: ',
};

const de = {
  title: 'Vom Text zur Zeit',
  intro:
    'Ein Kernel ist ein Text. Er wird Zeile für Zeile zu WebAssembly und braucht Zeit. Ändern Sie den ' +
    'Text, und messen Sie ihn gegen den eingebauten.',
  kernel: 'Kernel',
  kernelsOfNet: 'Kernel des Netzes',
  chooseOfNet: 'Schicht wählen …',
  ladders: 'Stufen der Leiter',
  parts: {
    forward: 'vorwärts',
    inputGradient: 'Gradient der Eingabe',
    weightGradient: 'Gradient der Gewichte',
  },
  shape: (dimensions: string) => `Form (${dimensions})`,
  choices: { outChannels: 'Ausgabekanäle', kernelSize: 'Fenster', stride: 'Schrittweite', padding: 'Rand' },
  part: 'Kernel von mehreren',
  cost: (flop: string, bytes: string, groups: string) =>
    `${flop} FLOP, mindestens ${bytes} Bytes; ${groups} Arbeitsgruppen`,
  beside: 'WGSL neben dem WebAssembly, zu dem es wurde',
  besideHint:
    'Zeigen Sie auf eine Zeile, oder bewegen Sie die Schreibmarke dorthin: Die zugehörigen Zeilen ' +
    'werden markiert. Was nirgends im Text steht, wie die Schleife über die Arbeitsgruppen, hat keine.',
  wgsl: 'WGSL',
  ownWgsl: 'WGSL, geändert',
  wasm: 'WebAssembly',
  lines: (count: number) => `${count.toLocaleString('de')} Zeilen`,
  pointed: (line: number, count: number) =>
    count === 0
      ? `Zeile ${line} des WGSL: keine eigene Anweisung`
      : `Zeile ${line} des WGSL: ${count} ${count === 1 ? 'Anweisung' : 'Anweisungen'}`,
  noLine: 'Diese Zeile steht nirgends im WGSL',
  asBefore: 'Das WebAssembly ist das des letzten Textes, der sich übersetzen ließ.',
  compiling: 'Wird übersetzt …',
  backToBuiltIn: 'Zurück zum eingebauten Text',
  readOnlyVersion:
    'Die Stufen der Leiter werden unten gemessen. Um einen Text zu ändern, wählen Sie einen Kernel.',
  against: 'Eigener Kernel gegen den eingebauten',
  againstHint:
    'Beide werden zuerst gegen float64 geprüft. Dann sind sie abwechselnd dran: eigener, eingebauter, ' +
    'eingebauter, eigener. So trifft beide gleich, was der Rechner sonst tut.',
  unchanged: 'Der Text ist der eingebaute: Das Verhältnis zeigt, wie weit man der Messung trauen kann.',
  rounds: 'Runden',
  grid: 'Arbeitsgruppen (XxYxZ)',
  gridAuto: 'so viele wie nötig',
  measure: 'Prüfen und messen',
  stop: 'Anhalten',
  stages: {
    opening: 'Das Gerät wird geöffnet …',
    check: 'Beide werden gegen float64 geprüft …',
    roofline: 'Spitze und Bandbreite dieses Geräts werden gemessen …',
    turns: (done: number, of: number) => `Runde ${done} von ${of}`,
    versions: (done: number, of: number) => `${done} von ${of} Stufen gemessen`,
  },
  who: { own: 'Der eigene Kernel', 'built-in': 'Der eingebaute Kernel' },
  wrong: (who: string, place: string, got: string, expected: string) =>
    `${who} ist falsch und wird nicht gemessen: ${place} ist ${got}, erwartet wurde ${expected}.`,
  wrongCount: (count: number, of: number) =>
    `${count.toLocaleString('de')} von ${of.toLocaleString('de')} Elementen sind falsch.`,
  padding: (who: string, place: string, got: string) =>
    `${who} ist falsch und wird nicht gemessen: Füllwörter müssen 0 bleiben, aber ${place} ist ${got}.`,
  right: 'Beide Kernel sind richtig.',
  speedup: (ratio: string, low: string, high: string) =>
    `Der eigene Kernel ist ${ratio}-mal so schnell wie der eingebaute; die Hälfte aller Runden liegt ` +
    `zwischen ${low} und ${high}.`,
  noisy:
    'Das Verhältnis ist nicht auf 3 % genau bekannt: Andere Programme liefen. Nehmen Sie mehr Runden ' +
    'oder einen ruhigeren Moment.',
  gridNote: 'Arbeitsgruppen: ',
  columns: {
    kernel: 'Kernel',
    us: 'µs, Median',
    quartiles: 'Quartile',
    gflops: 'GFLOPS',
    gb: 'GB/s',
    roof: '% des Dachs',
    version: 'Stufe',
    gain: 'Gewinn',
    inAll: 'insgesamt',
    adds: 'was sie hinzufügt (englisch)',
  },
  own: 'eigener',
  builtIn: 'eingebauter',
  copyMarkdown: 'Als Markdown kopieren',
  copyJson: 'Als JSON kopieren',
  copyLink: 'Link kopieren',
  copied: 'Kopiert',
  linkCopied: 'Link kopiert: Er öffnet diesen Kernel mit diesen Formen und diesem Text',
  notCopied: 'Der Browser ließ die Seite nicht kopieren.',
  tooLong: 'Dieser Text ist zu lang für einen Link. Kopieren Sie den Text selbst.',
  ladder: 'Die Leiter: vom Einfachsten zur Kachel, hier und jetzt',
  ladderHint:
    'Dieselbe Rechnung in sechs Stufen; jede fügt einen Gedanken hinzu. Jede wird gegen float64 geprüft ' +
    'und dann auf diesem Gerät gemessen.',
  ladderOf: 'Rechnung',
  run: 'Die Leiter messen',
  bars: (name: string) => `GFLOPS jeder Stufe von ${name}; mehr ist besser`,
  roofline: (name: string) =>
    `Dachlinie: wie weit die Stufen von ${name} unter dem liegen, was dieses Gerät kann`,
  intensity: 'FLOP je Byte',
  roofs: (peak: string, cache: string, memory: string) =>
    `Spitze: ${peak} GFLOPS. Gestrichelt: der schnellste Cache, ${cache} GB/s. Linie: die größte Datenmenge, ` +
    `${memory} GB/s.`,
  addressProblem: (field: string, value: string) =>
    `In der Adresse steht „${field}“ als „${value}“; das lässt sich nicht verwenden.`,
  device: 'Gerät dieses Raums: ',
} satisfies typeof en;

export const strings = { en, de };
export type TimeStrings = typeof en;
