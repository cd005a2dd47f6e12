/** A plain sentence for each formula and each form of a kernel. */
import { text } from './text.ts';

/** Names of formulas: the kind of a layer, and which of its tensors. */
export const ruleNames = [
  'pixel',
  'parameter',
  'labels',
  'convOutput',
  'convInputGradient',
  'convWeightGradient',
  'biasGradient',
  'reluOutput',
  'reluInputGradient',
  'normOutput',
  'normInputGradient',
  'normWeightGradient',
  'normMean',
  'normDeviation',
  'flattenOutput',
  'flattenInputGradient',
  'dropoutOutput',
  'dropoutInputGradient',
  'linearOutput',
  'linearInputGradient',
  'linearWeightGradient',
  'lossOutput',
  'lossInputGradient',
  'sgd',
  'adam',
  'adamw',
  'change',
  'intermediate',
] as const;
export type RuleName = (typeof ruleNames)[number];

const rulesEn: Record<RuleName, string> = {
  pixel: 'A pixel of the X-ray: its byte, scaled to −1 to 1.',
  parameter: 'A parameter of the net, as it is before this step’s update.',
  labels: 'The right class of this image: a number that the data has.',
  convOutput: text`
      The filter lies on a window of the input. Each number of the window is multiplied with the number of the
      filter on it; all products and the bias are added.`,
  convInputGradient: text`
      This input was read by several outputs. Each sends back its gradient, times the weight that lay between
      them. Seen from the input, the filter is turned by 180°.`,
  convWeightGradient: text`
      This weight was used at every place of every image. So its gradient is a sum over batch and places: the
      input that it met, times the gradient of the output that it helped to make.`,
  biasGradient: text`
      The bias was added to every output of its channel, in every image. So its gradient is the sum of all their
      gradients.`,
  reluOutput: 'A number above 0 passes; anything else becomes 0.',
  reluInputGradient: 'Where the input was above 0, the gradient passes as it is. Elsewhere it is 0.',
  normOutput: text`
      Less the mean of the channel over the batch, divided by its deviation; then scaled by γ and shifted by β,
      which are learned.`,
  normInputGradient: text`
      Three terms: the gradient that arrives; less its mean, because every value moves the mean; less a part
      along the normalised value, because every value moves the deviation, too.`,
  normWeightGradient:
    'γ scales every normalised value of the channel: each one times its gradient, over batch and places.',
  normMean: 'The mean of a channel over all images and places of the batch.',
  normDeviation:
    'One divided by the deviation of a channel; ε keeps it finite where all values are the same.',
  flattenOutput: 'The same number in another place: maps become one long row.',
  flattenInputGradient: 'The same gradient in another place: the row becomes maps again.',
  dropoutOutput: text`
      A random mask keeps a number or sets it to 0. What is kept is divided by the share that is kept, so that
      the mean stays.`,
  dropoutInputGradient: 'The same mask as forward: the gradient passes where the number was kept.',
  linearOutput: 'Every input times its weight, all added, and the bias.',
  linearInputGradient:
    'This input went into every output: the gradient of each, times the weight between them.',
  linearWeightGradient:
    'Over the images of the batch: the input that the weight met, times the gradient of its output.',
  lossOutput: text`
      For each image the negative logarithm of the probability that softmax gives to the right class; then the
      mean of the batch.`,
  lossInputGradient: text`
      The probability of the class, less 1 if it is the right one, divided by the number of images. So the
      gradient is small where the net is right and sure.`,
  sgd: text`
    The velocity is momentum times the velocity before, plus gradient and weight decay. The weight takes a step
    against it. In the first step the velocity is the gradient.`,
  adam: text`
    m is the running mean of the gradient, v that of its square. The step is m over the root of v: about the
    learning rate, whatever the gradient’s size.`,
  adamw: 'As Adam, but the weight decays by itself, apart from m and v.',
  change: 'What the update added to the weight: after less before.',
  intermediate: 'A number between two tensors of the net: a kernel leaves it for the next one.',
};

const rulesDe: Record<RuleName, string> = {
  pixel: 'Ein Pixel des Röntgenbilds: sein Byte, auf −1 bis 1 gebracht.',
  parameter: 'Ein Parameter des Netzes, wie er vor der Änderung dieses Schritts ist.',
  labels: 'Die richtige Klasse dieses Bildes: eine Zahl aus den Daten.',
  convOutput: text`
      Der Filter liegt auf einem Fenster der Eingabe. Jede Zahl des Fensters wird mit der Zahl des Filters
      darauf multipliziert; alle Produkte und der Bias werden addiert.`,
  convInputGradient: text`
      Diese Eingabe haben mehrere Ausgaben gelesen. Jede schickt ihren Gradienten zurück, mal dem Gewicht
      dazwischen. Von der Eingabe aus gesehen ist der Filter um 180° gedreht.`,
  convWeightGradient: text`
      Dieses Gewicht wurde an jeder Stelle jedes Bildes benutzt. Darum ist sein Gradient eine Summe über Batch
      und Stellen: die Eingabe, auf die es traf, mal dem Gradienten der Ausgabe, die daraus wurde.`,
  biasGradient: text`
      Der Bias wurde zu jeder Ausgabe seines Kanals addiert, in jedem Bild. Darum ist sein Gradient die Summe
      aller ihrer Gradienten.`,
  reluOutput: 'Eine Zahl über 0 geht durch; alles andere wird 0.',
  reluInputGradient: 'Wo die Eingabe über 0 war, geht der Gradient durch, wie er ist. Sonst ist er 0.',
  normOutput: text`
      Minus das Mittel des Kanals über den Batch, durch seine Streuung; dann mit γ skaliert und um β verschoben.
      Beide werden gelernt.`,
  normInputGradient: text`
      Drei Terme: der Gradient, der ankommt; minus sein Mittel, weil jeder Wert das Mittel verschiebt; minus ein
      Teil entlang des normierten Werts, weil jeder Wert auch die Streuung ändert.`,
  normWeightGradient:
    'γ skaliert jeden normierten Wert des Kanals: jeder mal seinem Gradienten, über Batch und Stellen.',
  normMean: 'Das Mittel eines Kanals über alle Bilder und Stellen des Batches.',
  normDeviation: 'Eins durch die Streuung eines Kanals; ε hält es endlich, wo alle Werte gleich sind.',
  flattenOutput: 'Dieselbe Zahl an anderer Stelle: Aus Karten wird eine lange Zeile.',
  flattenInputGradient: 'Derselbe Gradient an anderer Stelle: Aus der Zeile werden wieder Karten.',
  dropoutOutput: text`
      Eine Zufallsmaske behält eine Zahl oder setzt sie auf 0. Was bleibt, wird durch den behaltenen Anteil
      geteilt: So bleibt das Mittel.`,
  dropoutInputGradient: 'Dieselbe Maske wie vorwärts: Der Gradient geht durch, wo die Zahl behalten wurde.',
  linearOutput: 'Jede Eingabe mal ihrem Gewicht, alles addiert, und der Bias.',
  linearInputGradient:
    'Diese Eingabe ging in jede Ausgabe ein: der Gradient einer jeden, mal dem Gewicht dazwischen.',
  linearWeightGradient:
    'Über die Bilder des Batches: die Eingabe, auf die das Gewicht traf, mal dem Gradienten seiner Ausgabe.',
  lossOutput: text`
      Für jedes Bild der negative Logarithmus der Wahrscheinlichkeit, die Softmax der richtigen Klasse gibt;
      dann das Mittel des Batches.`,
  lossInputGradient: text`
      Die Wahrscheinlichkeit der Klasse, minus 1, wenn sie die richtige ist, durch die Zahl der Bilder. Darum
      ist der Gradient klein, wo das Netz recht hat und sicher ist.`,
  sgd: text`
    Die Geschwindigkeit ist Momentum mal der vorigen, plus Gradient und Weight Decay. Das Gewicht geht einen
    Schritt dagegen. Im ersten Schritt ist sie der Gradient.`,
  adam: text`
    m ist das laufende Mittel des Gradienten, v das seines Quadrats. Der Schritt ist m durch die Wurzel von v:
    etwa die Lernrate, wie groß der Gradient auch ist.`,
  adamw: 'Wie Adam, aber das Gewicht nimmt für sich ab, getrennt von m und v.',
  change: 'Was die Änderung zum Gewicht addiert hat: nachher minus vorher.',
  intermediate: 'Eine Zahl zwischen zwei Tensoren des Netzes: Ein Kernel hinterlässt sie dem nächsten.',
};

/** Names of kernels, by how they begin, and what kernels of this form do. The first that fits counts. */
const forms: readonly { readonly name: RegExp; readonly en: string; readonly de: string }[] = [
  {
    name: /^winograd\w*Filter$/,
    en: 'Winograd: the filters are transformed first, by adding up their numbers.',
    de: 'Winograd: Die Filter werden vorher umgeformt, indem ihre Zahlen addiert werden.',
  },
  {
    name: /^winogradWeightGradientSum$/,
    en: 'adds the parts of the batch up, and transforms the sums back.',
    de: 'addiert die Teile des Batches und formt die Summen zurück.',
  },
  {
    name: /^winograd/,
    en: text`
      Winograd: numbers are added up before and after they are multiplied. 16 products do the work of 36, so a
      product here is not one of the formula; the sum is the same but for roundings.`,
    de: text`
      Winograd: Zahlen werden addiert, ehe und nachdem sie multipliziert werden. 16 Produkte tun die Arbeit von
      36; darum ist ein Produkt hier keines der Formel. Die Summe ist dieselbe bis auf Rundungen.`,
  },
  {
    name: /^transposeFilter$/,
    en: 'swaps the filters’ inputs and outputs and turns them by 180°.',
    de: 'tauscht Eingänge und Ausgänge der Filter und dreht sie um 180°.',
  },
  {
    name: /^conv2dWeightGradientSum|^conv2dBiasGradientSum/,
    en: 'adds the sums of the parts of the batch.',
    de: 'addiert die Summen der Teile des Batches.',
  },
  {
    name: /^conv2d(WeightGradient|BiasGradient)/,
    en: 'Each part of the batch is summed by itself, one product after another.',
    de: 'Jeder Teil des Batches wird für sich summiert, ein Produkt nach dem anderen.',
  },
  {
    name: /^conv2d/,
    en: 'Direct: one product after another, as the formula says.',
    de: 'Direkt: ein Produkt nach dem anderen, wie in der Formel.',
  },
  {
    name: /^matmulSum$/,
    en: 'adds the parts of a long sum, and the bias.',
    de: 'addiert die Teile einer langen Summe und den Bias.',
  },
  {
    name: /^matmul/,
    en: 'A product of matrices. A long sum is cut into parts, each with products in its own order.',
    de: 'Ein Produkt von Matrizen. Eine lange Summe wird in Teile geteilt, jeder mit eigener Reihenfolge.',
  },
  {
    name: /^batchNorm(Statistics|GradientSums)$/,
    en: 'Sums over batch and places, many short ones side by side: so few digits are lost.',
    de: 'Summen über Batch und Stellen, viele kurze nebeneinander: So gehen wenige Stellen verloren.',
  },
  {
    name: /^batchNormGradientMerge$/,
    en: text`
      puts the short sums together. A bias in front of ReLU and batch norm gets its gradient from them, too: the
      sum of the three terms.`,
    de: text`
      fügt die kurzen Summen zusammen. Auch ein Bias vor ReLU und Norm bekommt daraus seinen Gradienten: die
      Summe der drei Terme.`,
  },
  {
    name: /^batchNormMerge$/,
    en: 'puts the short sums together.',
    de: 'fügt die kurzen Summen zusammen.',
  },
  {
    name: /^batchNormInputGradient$/,
    en: text`
      All three terms at once. If a ReLU stands in front of batch norm, its gradient is taken along: 0 where
      ReLU gave 0.`,
    de: 'Alle drei Terme auf einmal. Steht vor der Norm ein ReLU, so ist sein Gradient schon dabei: 0, wo ReLU 0 gab.',
  },
  {
    name: /^batchNorm/,
    en: 'One multiplication and one addition.',
    de: 'Eine Multiplikation, eine Addition.',
  },
  {
    name: /^crossEntropyRows$/,
    en: text`
      Softmax, loss and gradient of an image at once. The largest logit is taken away first, so that exp stays
      finite.`,
    de: text`
      Softmax, Verlust und Gradient eines Bildes auf einmal. Der größte Logit wird vorher abgezogen: So bleibt
      exp endlich.`,
  },
  {
    name: /^crossEntropyTotal$/,
    en: 'adds the losses of the images.',
    de: 'addiert die Verluste der Bilder.',
  },
  { name: /^reduce/, en: 'A sum over one dimension.', de: 'Eine Summe über eine Dimension.' },
  { name: /^reshape$/, en: 'copies numbers to other places.', de: 'kopiert Zahlen an andere Stellen.' },
  {
    name: /^dropout/,
    en: 'draws the mask again from seed and place: it is never stored.',
    de: 'zieht die Maske wieder aus Startwert und Stelle: Gespeichert wird sie nie.',
  },
  { name: /^(relu|sgd|adam)/, en: 'Each element by itself.', de: 'Jedes Element für sich.' },
];

/** What kernels of a form do; undefined for a form that is not named here. */
export function formOf(kernel: string, language: 'en' | 'de'): string | undefined {
  return forms.find(({ name }) => name.test(kernel))?.[language];
}

export const rules = { en: rulesEn, de: rulesDe };
