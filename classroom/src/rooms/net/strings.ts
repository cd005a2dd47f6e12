const en = {
  time: 'Time',
  stepOf: (step: number, last: number) => (step === last ? `step ${step}` : `step ${step} of ${last}`),
  stepNumber: (step: number) => `step ${step}`,
  playFromHere: 'Play from here',
  backToNow: 'Back to now',
  pin: 'Compare with this step',
  unpin: (step: number) => `End comparison with step ${step}`,
  forkHere: 'Fork here',
  endFork: 'End run B',
  forkMark: 'fork',
  runs: { a: 'Run A', b: 'Run B' },
  forkHead: (step: number) => `Run B: what it does other than A from step ${step} on`,
  forkHint:
    'B begins with A’s weights and averages, and gets the same images in the same order. ' +
    'Change something: B trains anew from the fork, up to where A is.',
  freeze: 'Freeze',
  lastLayer: 'Last layer (linear)',
  seedNote: 'Another seed: B begins with other weights, and draws other dropout masks.',
  seedLaterNote:
    'Another seed draws other dropout masks only: the weights come from A. Fork at step 0 for others.',
  noNormNote:
    'Without batch norm: B has A’s convolutions and last layer; what batch norm had learnt is gone.',
  normNote:
    'With batch norm: B has A’s convolutions and last layer, and batch norms that have learnt nothing yet.',
  optimizerNote: 'Another optimiser begins with empty averages.',
  changedNote: 'A star marks what is other than in A.',
  freezeNote: 'A frozen convolution’s batch norm is frozen, too: it uses the running statistics of the fork.',
  shows: 'The net shows',
  difference: 'B − A',
  twoRuns: 'Two runs side by side',
  twoSteps: 'Two steps side by side',
  onlyOne: 'Only one of the two nets has this layer.',
  chooseLayer: 'Choose another layer by one of its maps in the net above.',
  maps: 'Maps of this X-ray',
  values: 'Values',
  weights: 'Weights',
  largestValue: (value: string) => `up to ±${value}`,
  movedHead: 'Weights and biases, layer by layer',
  layer: 'layer',
  movedSince: (run: string) => `${run}: largest change since the fork`,
  largestDifference: 'largest |B − A|',
  meanDifference: 'mean |B − A|',
  movedHint: 'Measured from the weights of both nets. “0” is exactly 0.',
  frozen: 'frozen',
  quality: 'How good are the probabilities?',
  roc: 'ROC curve',
  area: 'area',
  falseAlarms: 'share of the healthy that are called ill',
  rocHint:
    'Upwards: the share of the ill that are found. One point for each threshold; the dotted line is guessing.',
  calibration: 'Calibration',
  error: 'error',
  probability: 'probability of pneumonia that the net gives',
  calibrationHint:
    'Upwards: how many of these are ill. On the dotted line the net is as sure as it is right. ' +
    'Larger dots stand for more images; the error is their mean distance from the line.',
};

const de: typeof en = {
  time: 'Zeit',
  stepOf: (step, last) => (step === last ? `Schritt ${step}` : `Schritt ${step} von ${last}`),
  stepNumber: (step) => `Schritt ${step}`,
  playFromHere: 'Ab hier abspielen',
  backToNow: 'Zurück zum Jetzt',
  pin: 'Mit diesem Schritt vergleichen',
  unpin: (step) => `Vergleich mit Schritt ${step} beenden`,
  forkHere: 'Hier verzweigen',
  endFork: 'Lauf B beenden',
  forkMark: 'Zweig',
  runs: { a: 'Lauf A', b: 'Lauf B' },
  forkHead: (step) => `Lauf B: was er ab Schritt ${step} anders macht als A`,
  forkHint:
    'B beginnt mit den Gewichten und Mittelwerten von A und bekommt dieselben Bilder in derselben Reihenfolge. ' +
    'Ändern Sie etwas: B trainiert vom Zweig an neu, bis dorthin, wo A ist.',
  freeze: 'Einfrieren',
  lastLayer: 'Letzte Schicht (linear)',
  seedNote: 'Andere Startzahl: B beginnt mit anderen Gewichten und zieht andere Dropout-Masken.',
  seedLaterNote:
    'Eine andere Startzahl zieht nur andere Dropout-Masken: Die Gewichte kommen von A. ' +
    'Für andere bei Schritt 0 verzweigen.',
  noNormNote:
    'Ohne Batch Norm: B hat die Faltungen und die letzte Schicht von A; was Batch Norm gelernt hatte, fehlt.',
  normNote:
    'Mit Batch Norm: B hat die Faltungen und die letzte Schicht von A, ' +
    'dazu Batch Norms, die noch nichts gelernt haben.',
  optimizerNote: 'Ein anderes Verfahren beginnt mit leeren Mittelwerten.',
  changedNote: 'Ein Stern steht bei dem, was anders ist als in A.',
  freezeNote:
    'Mit einer Faltung friert auch ihr Batch Norm ein: Es rechnet mit den laufenden Statistiken vom Zweig.',
  shows: 'Das Netz zeigt',
  difference: 'B − A',
  twoRuns: 'Zwei Läufe nebeneinander',
  twoSteps: 'Zwei Schritte nebeneinander',
  onlyOne: 'Nur eines der beiden Netze hat diese Schicht.',
  chooseLayer: 'Eine andere Schicht wählen Sie oben im Netz, mit einer ihrer Karten.',
  maps: 'Karten dieses Röntgenbilds',
  values: 'Werte',
  weights: 'Gewichte',
  largestValue: (value) => `bis ±${value}`,
  movedHead: 'Gewichte und Bias, Schicht für Schicht',
  layer: 'Schicht',
  movedSince: (run) => `${run}: größte Änderung seit dem Zweig`,
  largestDifference: 'größtes |B − A|',
  meanDifference: 'mittleres |B − A|',
  movedHint: 'Gemessen an den Gewichten beider Netze. „0“ ist genau 0.',
  frozen: 'eingefroren',
  quality: 'Wie gut sind die Wahrscheinlichkeiten?',
  roc: 'ROC-Kurve',
  area: 'Fläche',
  falseAlarms: 'Anteil der Gesunden, die krank genannt werden',
  rocHint:
    'Nach oben: der Anteil der Kranken, die gefunden werden. Ein Punkt für jede Schwelle; ' +
    'die gepunktete Linie ist Raten.',
  calibration: 'Kalibrierung',
  error: 'Fehler',
  probability: 'Wahrscheinlichkeit für Lungenentzündung, die das Netz nennt',
  calibrationHint:
    'Nach oben: wie viele davon krank sind. Auf der gepunkteten Linie ist das Netz so sicher, wie es recht hat. ' +
    'Größere Punkte stehen für mehr Bilder; der Fehler ist ihr mittlerer Abstand von der Linie.',
};

export const strings = { en, de };
