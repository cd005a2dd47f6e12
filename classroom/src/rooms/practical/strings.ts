import type { TaskId } from '@glassbox/experiments/page';
import type { Trouble } from './messages.ts';

type TroubleStrings = {
  readonly [K in Trouble['kind']]: (trouble: Extract<Trouble, { kind: K }>) => string;
};

const en = {
  head: 'The practical: transfer learning',
  intro:
    'Eight tasks of a university exercise, trained in this page by the same code as npm run practical: from the same ' +
    'images, the same numbers.',
  data: 'Images',
  dataHint:
    'Generated images, or drop chestmnist.npz and pneumoniamnist.npz anywhere. They stay on this machine; a copy ' +
    'lies in the browser’s storage for this page until you start anew.',
  openFiles: 'Open npz files',
  phantoms: 'Generated images',
  looking: 'Reading …',
  target: { chest: 'Chest', pneumonia: 'Pneumonia' },
  dataLine: (file: string, train: string, val: string, test: string) =>
    `${file}: ${train} images to train with, ${val} to validate, ${test} to test`,
  unlabelled: (count: string) => `, ${count} without labels`,
  synthetic: 'Generated, not patients: the scores say nothing about medicine.',
  budget: 'Budget',
  budgets: { quick: 'quick: few epochs', full: 'full: the exercise’s own' },
  seeds: 'Seeds',
  tasks: 'Tasks',
  neededBy: (tasks: string) => `needed by ${tasks}`,
  estimate: (time: string) => `Takes about ${time} in this page.`,
  estimating: 'Measuring how fast this page is …',
  start: 'Start',
  pause: 'Pause',
  goOn: 'Go on',
  anew: 'Start anew',
  anewSure: 'Remove this run and its results, and choose anew?',
  yes: 'Yes, remove it',
  no: 'No, keep it',
  stages: {
    empty: 'Nothing has begun.',
    opening: 'Opening …',
    running: 'Training',
    pausing: 'Ends the running step …',
    paused: 'Paused. What was trained is kept.',
    reporting: 'Latent spaces, figures and report …',
    done: 'Done.',
  },
  progress: (done: number, all: number) => `${done} of ${all} trainings are done`,
  left: (time: string) => `about ${time} left`,
  lasts: 'You may close the page: the run goes on from its last epoch when you come back.',
  memory: (reason: string) =>
    `This browser lets the page store nothing (${reason}). A reload loses the run: save the results before.`,
  elsewhere: 'The practical is open in another tab of this browser. Close it, then try again.',
  again: 'Try again',
  saveResults: 'Save results.json',
  saveReport: 'Save report.html',
  saveZip: 'Save all as zip',
  openReport: 'Open the report',
  openReportHint: 'In the new tab, the pictures behind the dots do not show; the saved file has them.',
  blocked: 'The browser did not open a new tab. Save the report instead.',
  training: 'Training',
  epochs: 'Epochs',
  score: 'Test images',
  states: { waiting: 'waits', running: 'trains', done: 'done' },
  seed: (seed: number) => `, seed ${seed}`,
  auc: (auc: string, accuracy: string) => `AUC ${auc}, right ${accuracy}`,
  psnr: (psnr: string, ssim: string) => `PSNR ${psnr} dB, SSIM ${ssim}`,
  space: 'Latent space',
  silhouette: 'Silhouette',
  neighbours: 'Right by nearest neighbours',
  spacesWait: 'The latent spaces are looked at when all nets are trained.',
  layersHead: (name: string, phase: string) => `${name}: change of each layer in the phase “${phase}”`,
  weights: (count: string) => `${count} weights`,
  frozen: 'frozen',
  trains: 'trains',
  changeZero: 'change 0',
  change: (largest: string) => `change up to ${largest}`,
  changedOf: (changed: string, all: string) => `${changed} of ${all} weights have changed`,
  statistics: (largest: string) => `statistics up to ${largest}`,
  lossHead: 'Loss of each epoch',
  trainLoss: 'training',
  valLoss: 'validation',
  lossNow: (train: string, val: string) =>
    `Loss of each epoch: training ${train}, validation ${val} in the last one`,
  figures: 'Figures',
  otherFigures: 'Figures of all tasks',
  ofTask: (id: string, title: string) => `Task ${id}: ${title}`,
  wrongFiles: (names: string) =>
    `${names}: the names must tell which set it is, as chestmnist.npz and pneumoniamnist.npz do.`,
  titles: {
    '1a': 'Few labels',
    '1b': 'Latent space',
    '1c': 'Autoencoder',
    '2': 'Source and target',
    '2a': 'Frozen encoder',
    '2b': 'Trainable encoder',
    '2c': 'Latent spaces compared',
    '3': 'Bonus: keep the encoder whole',
  } satisfies Record<TaskId, string>,
  asks: {
    '1a':
      'Train a small net on 300 labelled chest X-rays: healthy or ill? Does accuracy measure that well? When ' +
      'does one stop?',
    '1b':
      'Look at what the net makes of an X-ray before its last layer, by PCA and t-SNE. What separates, what does ' +
      'not?',
    '1c':
      'Let an autoencoder learn to redraw X-rays without labels. Then begin with its filters and train on the ' +
      '300 labels.',
    '2': 'What the next tasks compare with: a net trained on all chest labels, and one for pneumonia from scratch.',
    '2a':
      'Begin with the chest net, freeze all layers but the last, and train that one on pneumonia. Why does one ' +
      'do so?',
    '2b': 'The same beginning, but every layer may change. Which is better, and why?',
    '2c': 'Lay the latent spaces side by side: what does one see, and why?',
    '3': 'A new last layer knows nothing, and its gradients can spoil a good encoder. Four recipes against it.',
  } satisfies Record<TaskId, string>,
  troubles: {
    fileMissing: ({ file }) => `The run needs ${file} again: drop it here, then go on.`,
    otherFile: ({ file }) =>
      `The run began with another ${file} (its MD5 differs). Drop that one, or start anew.`,
    storageFull: () =>
      'There is no room left in this browser’s storage. What was finished is kept: free some space, then go on.',
    notKept: ({ file }) => `${file} is too large to be kept. After a reload, drop it once more to go on.`,
    failed: ({ reason }) => `It stopped: ${reason}. What was finished is kept; go on to try again.`,
  } satisfies TroubleStrings as TroubleStrings,
};

const de: typeof en = {
  head: 'Das Praktikum: Transfer Learning',
  intro:
    'Acht Aufgaben einer Übung an der Universität, in dieser Seite trainiert vom selben Code wie npm run practical: ' +
    'aus denselben Bildern dieselben Zahlen.',
  data: 'Bilder',
  dataHint:
    'Erzeugte Bilder, oder ziehen Sie chestmnist.npz und pneumoniamnist.npz auf die Seite. Sie bleiben auf diesem ' +
    'Rechner; eine Kopie liegt im Speicher des Browsers für diese Seite, bis Sie neu beginnen.',
  openFiles: 'npz-Dateien öffnen',
  phantoms: 'Erzeugte Bilder',
  looking: 'Wird gelesen …',
  target: { chest: 'Thorax', pneumonia: 'Pneumonie' },
  dataLine: (file, train, val, test) =>
    `${file}: ${train} Bilder zum Trainieren, ${val} zum Validieren, ${test} zum Testen`,
  unlabelled: (count) => `, ${count} ohne Labels`,
  synthetic: 'Erzeugt, keine Patienten: Die Werte sagen nichts über Medizin.',
  budget: 'Aufwand',
  budgets: { quick: 'kurz: wenige Epochen', full: 'voll: wie in der Übung' },
  seeds: 'Seeds',
  tasks: 'Aufgaben',
  neededBy: (tasks) => `nötig für ${tasks}`,
  estimate: (time) => `Dauert in dieser Seite etwa ${time}.`,
  estimating: 'Misst, wie schnell diese Seite ist …',
  start: 'Beginnen',
  pause: 'Pause',
  goOn: 'Weiter',
  anew: 'Neu beginnen',
  anewSure: 'Diesen Lauf und seine Ergebnisse entfernen und neu wählen?',
  yes: 'Ja, entfernen',
  no: 'Nein, behalten',
  stages: {
    empty: 'Noch nichts hat begonnen.',
    opening: 'Wird geöffnet …',
    running: 'Trainiert',
    pausing: 'Beendet den laufenden Schritt …',
    paused: 'Angehalten. Was trainiert ist, bleibt erhalten.',
    reporting: 'Latente Räume, Abbildungen und Bericht …',
    done: 'Fertig.',
  },
  progress: (done, all) => `${done} von ${all} Trainings sind fertig`,
  left: (time) => `noch etwa ${time}`,
  lasts: 'Sie können die Seite schließen: Der Lauf geht nach der Rückkehr von der letzten Epoche weiter.',
  memory: (reason) =>
    `In diesem Browser kann die Seite nichts speichern (${reason}). Ein Neuladen verliert den Lauf: Sichern ` +
    `Sie vorher die Ergebnisse.`,
  elsewhere:
    'Das Praktikum ist in einem anderen Tab dieses Browsers offen. Schließen Sie ihn und versuchen Sie es noch einmal.',
  again: 'Noch einmal',
  saveResults: 'results.json sichern',
  saveReport: 'report.html sichern',
  saveZip: 'Alles als zip sichern',
  openReport: 'Bericht öffnen',
  openReportHint: 'Im neuen Tab fehlen die Bilder hinter den Punkten; die gesicherte Datei hat sie.',
  blocked: 'Der Browser hat keinen neuen Tab geöffnet. Sichern Sie den Bericht stattdessen.',
  training: 'Training',
  epochs: 'Epochen',
  score: 'Testbilder',
  states: { waiting: 'wartet', running: 'trainiert', done: 'fertig' },
  seed: (seed) => `, Seed ${seed}`,
  auc: (auc, accuracy) => `AUC ${auc}, richtig ${accuracy}`,
  psnr: (psnr, ssim) => `PSNR ${psnr} dB, SSIM ${ssim}`,
  space: 'Latenter Raum',
  silhouette: 'Silhouette',
  neighbours: 'Richtig nach nächsten Nachbarn',
  spacesWait: 'Die latenten Räume kommen, wenn alle Netze trainiert sind.',
  layersHead: (name, phase) => `${name}: Änderung jeder Schicht in der Phase „${phase}“`,
  weights: (count) => `${count} Gewichte`,
  frozen: 'eingefroren',
  trains: 'trainiert',
  changeZero: 'Änderung 0',
  change: (largest) => `Änderung bis ${largest}`,
  changedOf: (changed, all) => `${changed} von ${all} Gewichten haben sich geändert`,
  statistics: (largest) => `Statistik bis ${largest}`,
  lossHead: 'Verlust jeder Epoche',
  trainLoss: 'Training',
  valLoss: 'Validierung',
  lossNow: (train, val) => `Verlust jeder Epoche: Training ${train}, Validierung ${val} in der letzten`,
  figures: 'Abbildungen',
  otherFigures: 'Abbildungen zu allen Aufgaben',
  ofTask: (id, title) => `Aufgabe ${id}: ${title}`,
  wrongFiles: (names) =>
    `${names}: Der Name muss sagen, welcher Datensatz es ist, wie bei chestmnist.npz und pneumoniamnist.npz.`,
  titles: {
    '1a': 'Wenige Labels',
    '1b': 'Latenter Raum',
    '1c': 'Autoencoder',
    '2': 'Quelle und Ziel',
    '2a': 'Eingefrorener Encoder',
    '2b': 'Trainierbarer Encoder',
    '2c': 'Latente Räume im Vergleich',
    '3': 'Zugabe: den Encoder erhalten',
  },
  asks: {
    '1a':
      'Ein kleines Netz mit 300 beschrifteten Thoraxbildern trainieren: gesund oder krank? Misst die Genauigkeit ' +
      'das gut? Wann hört man auf?',
    '1b':
      'Ansehen, was das Netz vor seiner letzten Schicht aus einem Bild macht, mit PCA und t-SNE. Was trennt ' +
      'sich, was nicht?',
    '1c':
      'Einen Autoencoder ohne Labels lernen lassen, Röntgenbilder nachzuzeichnen. Dann mit seinen Filtern ' +
      'beginnen und mit den 300 Labels trainieren.',
    '2':
      'Womit die nächsten Aufgaben vergleichen: ein Netz mit allen Thorax-Labels, und eines für Pneumonie von ' +
      'Anfang an.',
    '2a':
      'Mit dem Thorax-Netz beginnen, alles außer der letzten Schicht einfrieren und diese mit Pneumonie ' +
      'trainieren. Warum macht man das?',
    '2b': 'Derselbe Beginn, aber jede Schicht darf sich ändern. Was ist besser, und warum?',
    '2c': 'Die latenten Räume nebeneinander legen: Was sieht man, und warum?',
    '3':
      'Eine neue letzte Schicht weiß nichts, und ihre Gradienten können einen guten Encoder verderben. Vier ' +
      'Rezepte dagegen.',
  },
  troubles: {
    fileMissing: ({ file }) =>
      `Der Lauf braucht ${file} noch einmal: Ziehen Sie die Datei hierher, dann weiter.`,
    otherFile: ({ file }) =>
      `Der Lauf hat mit einer anderen Datei ${file} begonnen (ihre MD5 ist anders). Nehmen Sie jene, oder ` +
      `beginnen Sie neu.`,
    storageFull: () =>
      'Im Speicher dieses Browsers ist kein Platz mehr. Was fertig ist, bleibt erhalten: Schaffen Sie Platz, ' +
      'dann weiter.',
    notKept: ({ file }) =>
      `${file} ist zu groß zum Aufheben. Nach einem Neuladen brauchen Sie die Datei noch einmal.`,
    failed: ({ reason }) =>
      `Angehalten: ${reason}. Was fertig ist, bleibt erhalten; „Weiter“ versucht es noch einmal.`,
  },
};

export const strings = { en, de };
