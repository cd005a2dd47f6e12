import type { Tool } from './brush.ts';
import type { Overlay } from './painting.ts';

const en = {
  head: 'Latent space',
  hint:
    'The net is trained anew here, and kept after each epoch. What its last layer gets of an X-ray is a point in a ' +
    'space of many dimensions: its embedding. X-rays that lie close together look alike to the net.',
  play: 'Play',
  pause: 'Pause',
  epoch: 'Epoch',
  epochOf: (epoch: number, of: number) => (epoch === 0 ? 'before training' : `epoch ${epoch} of ${of}`),
  epochs: 'train epochs',
  projection: 'projection',
  projections: { pca: 'PCA', tsne: 't-SNE' },
  training: (epoch: number, of: number) => `The net trains: epoch ${epoch} of ${of} …`,
  projecting: 'The principal components are being computed …',
  layingOut: (epoch: number) => `t-SNE is being computed: epoch ${epoch} …`,
  loss: (loss: string) => `mean training loss ${loss}`,
  features: (features: string) => `${features} features: the input of the last Linear layer`,
  tooWide: (features: string, most: string) =>
    `This net has ${features} features before its last layer; this room takes at most ${most}. ` +
    'Choose fewer channels or a larger stride in the room “The net”.',
  failed: (reason: string) => `The room’s net has ended: ${reason}`,
  again: 'Open the device again',
  noProjection: (reason: string) => `The points cannot be drawn: ${reason}`,
  tooFew: (few: number, projection: string) =>
    `${projection} needs at least ${few} X-rays. The table and the brush work with fewer.`,
  plotName: (projection: string, epoch: string) => `${projection}, ${epoch}: a point for each X-ray`,
  plotKeys: 'Arrow keys go from point to point, Enter chooses an X-ray.',
  pcaSays: (x: string, y: string) =>
    'One pair of axes for all epochs, the principal components of the last one, in units of each epoch’s own spread. ' +
    `Across ${x} and up ${y} of this epoch’s variance.`,
  tsneSays: (kl: string, perplexity: string) =>
    `Each epoch starts from the layout of the one before. Divergence ${kl} nats, perplexity ${perplexity}. Only ` +
    'neighbourhoods mean something, not distances between heaps.',
  unknown: 'not known',
  wrong: 'wrong',
  right: 'right',
  imageName: (number: number) => `X-ray ${number}`,
  pointName: (name: string, truth: string, probability: string, wrong: boolean) =>
    `${name}, ${truth}, pneumonia ${probability}${wrong ? ', wrong' : ''}`,
  xray: 'X-ray',
  pointAtOne: 'Point at a dot to see its X-ray. A click chooses it.',
  truth: 'truth',
  probability: 'pneumonia',
  predicted: 'the net says',
  neighbours: 'Nearest in the space of all features',
  table: 'The same as a table',
  number: 'X-ray',
  place: 'place',
  matrix: 'Confusion matrix',
  matrixHint: 'At the epoch that is shown. Choose a cell to see its X-rays, the most confident first.',
  noLabels: 'The truth of these X-rays is not known, so there is nothing to count.',
  threshold: 'pneumonia from',
  cellName: (truth: string, predicted: string) => `truth ${truth}, the net says ${predicted}`,
  sensitivity: 'sensitivity',
  specificity: 'specificity',
  accuracy: 'accuracy',
  inCell: (truth: string, predicted: string, count: number) =>
    `Truth ${truth}, the net says ${predicted} (${count})`,
  empty: 'There is none.',
  brush: 'Brush a lesion',
  brushHint:
    'Paint on the X-ray with mouse, pen or finger. With the keyboard: arrow keys move the brush, the space bar paints.',
  canvasName: (name: string, row: number, column: number) => `${name}: brush at row ${row}, column ${column}`,
  tool: 'brush',
  tools: { lighten: 'lighten', darken: 'darken', restore: 'bring back' } satisfies Record<Tool, string>,
  radius: 'radius',
  strength: 'opacity',
  undo: 'Undo',
  reset: 'Original',
  copy: 'Copy picture',
  copied: 'The picture is in the clipboard.',
  notCopied: 'The browser did not let the page copy the picture.',
  explained: 'explain',
  overlay: 'show',
  overlays: {
    none: 'X-ray only',
    gradient: 'gradient, signed',
    size: 'size of the gradient',
    cam: 'Grad-CAM',
  } satisfies Record<Overlay, string>,
  overlayStrength: 'opacity of it',
  layer: 'layer',
  original: 'original',
  points: (change: string) => `${change} points`,
  maps: (layer: string) => `Maps of ${layer}`,
  mapName: (layer: string, channel: number) => `${layer}, channel ${channel}`,
  formulas: 'How it is computed',
  gradientSays:
    'Gradient: how much the logit of the class changes with each pixel of the input. Backpropagation goes on to the ' +
    'input, as it does to weights. Orange: more brightness there speaks for the class; blue: against it.',
  camSays:
    'Grad-CAM (Selvaraju et al. 2017): the maps A of the chosen layer, each weighted with the mean of its gradient; ' +
    'y is the logit of the class, Z the number of pixels of a map. What speaks against the class is cut off.',
  notAnswered: (reason: string) => `The net does not answer: ${reason}`,
  ownImages: (count: number) => `${count} X-rays of your own`,
  phantoms: 'Back to the generated X-rays',
  drop: 'Drop your own X-rays anywhere on the page; the net never trains on them.',
};

type Strings = typeof en;

const de: Strings = {
  head: 'Latenter Raum',
  hint:
    'Das Netz wird hier neu trainiert und nach jeder Epoche aufgehoben. Was seine letzte Schicht von einem ' +
    'Röntgenbild bekommt, ist ein Punkt in einem Raum mit vielen Dimensionen: seine Einbettung. Was nah beieinander ' +
    'liegt, sieht für das Netz ähnlich aus.',
  play: 'Abspielen',
  pause: 'Anhalten',
  epoch: 'Epoche',
  epochOf: (epoch, of) => (epoch === 0 ? 'vor dem Training' : `Epoche ${epoch} von ${of}`),
  epochs: 'Epochen trainieren',
  projection: 'Projektion',
  projections: { pca: 'PCA', tsne: 't-SNE' },
  training: (epoch, of) => `Das Netz trainiert: Epoche ${epoch} von ${of} …`,
  projecting: 'Die Hauptkomponenten werden berechnet …',
  layingOut: (epoch) => `t-SNE wird berechnet: Epoche ${epoch} …`,
  loss: (loss) => `mittlerer Trainingsverlust ${loss}`,
  features: (features) => `${features} Merkmale: die Eingabe der letzten Linear-Schicht`,
  tooWide: (features, most) =>
    `Dieses Netz hat ${features} Merkmale vor seiner letzten Schicht; dieser Raum nimmt höchstens ${most}. ` +
    'Wählen Sie im Raum „Das Netz“ weniger Kanäle oder eine größere Schrittweite.',
  failed: (reason) => `Das Netz dieses Raums ist beendet: ${reason}`,
  again: 'Gerät erneut öffnen',
  noProjection: (reason) => `Die Punkte können nicht gezeichnet werden: ${reason}`,
  tooFew: (few, projection) =>
    `${projection} braucht mindestens ${few} Röntgenbilder. Tabelle und Pinsel gehen auch mit weniger.`,
  plotName: (projection, epoch) => `${projection}, ${epoch}: ein Punkt für jedes Röntgenbild`,
  plotKeys: 'Pfeiltasten gehen von Punkt zu Punkt, Enter wählt ein Röntgenbild.',
  pcaSays: (x, y) =>
    'Dieselben Achsen für alle Epochen, die Hauptkomponenten der letzten, in Einheiten der Streuung jeder Epoche. ' +
    `Waagerecht ${x} und senkrecht ${y} der Varianz dieser Epoche.`,
  tsneSays: (kl, perplexity) =>
    `Jede Epoche beginnt mit der Anordnung der vorigen. Divergenz ${kl} nats, Perplexität ${perplexity}. Nur ` +
    'Nachbarschaften bedeuten etwas, nicht die Abstände zwischen Haufen.',
  unknown: 'nicht bekannt',
  wrong: 'falsch',
  right: 'richtig',
  imageName: (number) => `Röntgenbild ${number}`,
  pointName: (name, truth, probability, wrong) =>
    `${name}, ${truth}, Lungenentzündung ${probability}${wrong ? ', falsch' : ''}`,
  xray: 'Röntgenbild',
  pointAtOne: 'Zeigen Sie auf einen Punkt, um sein Röntgenbild zu sehen. Ein Klick wählt es.',
  truth: 'Wahrheit',
  probability: 'Lungenentzündung',
  predicted: 'das Netz sagt',
  neighbours: 'Die nächsten im Raum aller Merkmale',
  table: 'Dasselbe als Tabelle',
  number: 'Röntgenbild',
  place: 'Ort',
  matrix: 'Konfusionsmatrix',
  matrixHint: 'In der gezeigten Epoche. Wählen Sie eine Zelle: ihre Röntgenbilder, die sichersten zuerst.',
  noLabels: 'Die Wahrheit dieser Röntgenbilder ist nicht bekannt, es gibt also nichts zu zählen.',
  threshold: 'Lungenentzündung ab',
  cellName: (truth, predicted) => `Wahrheit ${truth}, das Netz sagt ${predicted}`,
  sensitivity: 'Sensitivität',
  specificity: 'Spezifität',
  accuracy: 'Genauigkeit',
  inCell: (truth, predicted, count) => `Wahrheit ${truth}, das Netz sagt ${predicted} (${count})`,
  empty: 'Es gibt keine.',
  brush: 'Eine Läsion malen',
  brushHint:
    'Malen Sie mit Maus, Stift oder Finger auf das Röntgenbild. Mit der Tastatur: Pfeiltasten bewegen den Pinsel, ' +
    'die Leertaste malt.',
  canvasName: (name, row, column) => `${name}: Pinsel in Zeile ${row}, Spalte ${column}`,
  tool: 'Pinsel',
  tools: { lighten: 'aufhellen', darken: 'abdunkeln', restore: 'zurückholen' },
  radius: 'Radius',
  strength: 'Deckkraft',
  undo: 'Zurück',
  reset: 'Original',
  copy: 'Bild kopieren',
  copied: 'Das Bild ist in der Zwischenablage.',
  notCopied: 'Der Browser hat die Seite das Bild nicht kopieren lassen.',
  explained: 'erkläre',
  overlay: 'zeige',
  overlays: {
    none: 'nur das Röntgenbild',
    gradient: 'Gradient mit Vorzeichen',
    size: 'Betrag des Gradienten',
    cam: 'Grad-CAM',
  },
  overlayStrength: 'Deckkraft davon',
  layer: 'Schicht',
  original: 'Original',
  points: (change) => `${change} Punkte`,
  maps: (layer) => `Karten von ${layer}`,
  mapName: (layer, channel) => `${layer}, Kanal ${channel}`,
  formulas: 'Wie es berechnet wird',
  gradientSays:
    'Gradient: wie stark sich das Logit der Klasse mit jedem Pixel der Eingabe ändert. Die Rückwärtsrechnung geht ' +
    'bis zur Eingabe, so wie sonst zu den Gewichten. Orange: mehr Helligkeit dort spricht für die Klasse; blau: ' +
    'dagegen.',
  camSays:
    'Grad-CAM (Selvaraju et al. 2017): die Karten A der gewählten Schicht, jede gewichtet mit dem Mittel ihres ' +
    'Gradienten; y ist das Logit der Klasse, Z die Zahl der Pixel einer Karte. Was gegen die Klasse spricht, fehlt.',
  notAnswered: (reason) => `Das Netz antwortet nicht: ${reason}`,
  ownImages: (count) => `${count} eigene Röntgenbilder`,
  phantoms: 'Zurück zu den erzeugten Röntgenbildern',
  drop: 'Legen Sie eigene Röntgenbilder irgendwo auf der Seite ab; das Netz trainiert nie mit ihnen.',
};

export const strings = { en, de };
