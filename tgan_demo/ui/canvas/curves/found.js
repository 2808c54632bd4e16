// What is wrong with the run: since when, and a button that changes its settings against it ('remedy', {key}).
// A change of settings is told until the next one.
const t = tgan.ofRun;
const list = element.querySelector('#train-found');
const ENDED = ['done', 'stopped'];
let asked = '';

export const verdictOf = (health) => t('train.health.' + health.key, {...health, ...health.values});

export const word = (key, otherwise) => (tgan.settings.words[key] ? t(key) : otherwise);

const plain = (value) => {
  if (Array.isArray(value)) return value.map(plain).join(' + ') || '–';
  if (typeof value === 'boolean') return t(value ? 'train.on' : 'train.off');
  if (Number.isInteger(value)) return tgan.whole(value);
  return typeof value === 'number' ? String(Number(value.toPrecision(3))) : word('choice.' + value, value);
};

// a budget: samples of the whole run, or "+ 60 seconds"
const amount = (value) =>
  Number.isInteger(value)
    ? tgan.whole(value)
    : value.replace(/(seconds|images|steps)$/, (unit) => t('train.unit.' + unit)) || '–';

// "Learning rate of D: 0.002 → 0.001, …"
export const told = (settings) =>
  Object.entries(settings)
    .map(([name, pair]) => {
      const isBudget = name === 'budget';
      const [before, after] = pair.map(isBudget ? amount : plain);
      return t(isBudget ? 'train.budget' : 'knob.' + name) + ': ' + before + ' → ' + after;
    })
    .join(', ');

const node = (kind, text) => Object.assign(document.createElement(kind), {textContent: text});

// the sentence of the first finding stands above the list
function item(run, finding, isFirst) {
  const one = document.createElement('li');
  one.dataset.key = finding.key;
  if (!isFirst) one.append(node('p', ''));
  const values = {nimg: tgan.whole(finding.since_nimg), step: tgan.whole(finding.since_step)};
  one.append(node('small', t('train.since', values)));
  if (!Object.keys(finding.remedy).length || ENDED.includes(run.state)) return one;
  const mine = run.id + finding.key + run.changes.length;
  const button = node('button', t('train.remedy'));
  button.type = 'button';
  button.append(node('small', told(finding.remedy)));
  button.disabled = asked === mine;
  button.addEventListener('click', () => {
    asked = mine;
    button.disabled = true;
    trigger('remedy', {id: run.id, key: finding.key});
  });
  one.append(button);
  return one;
}

function changed({settings, nimg}) {
  const one = document.createElement('li');
  one.dataset.changed = nimg;
  one.append(node('small', t('train.remedied', {nimg: tgan.whole(nimg), settings: told(settings)})));
  return one;
}

// Sentences follow their figures; the rest is made anew only when it is different, so that a button stays the
// same while it is pressed.
export function drawFound() {
  const run = tgan.run;
  const found = run?.findings ?? [];
  const kinds = found.map((one) => [one.key, one.since_step, one.remedy]);
  const mark = JSON.stringify([run?.id, run?.state, run?.changes?.length, tgan.lang, kinds]);
  if (list.dataset.mark !== mark) {
    list.dataset.mark = mark;
    const held = document.activeElement?.closest?.('#train-found li')?.dataset.key;
    const last = run?.changes?.at(-1);
    list.replaceChildren(
      ...found.map((finding, i) => item(run, finding, i === 0)),
      ...(last ? [changed(last)] : []),
    );
    if (held) list.querySelector(`[data-key=${held}] button`)?.focus();
  }
  for (const finding of found) {
    const sentence = list.querySelector(`[data-key=${finding.key}] p`);
    if (sentence) sentence.textContent = verdictOf(finding);
  }
}
document.addEventListener('tgan:refused', () => {
  asked = '';
  list.dataset.mark = '';
  drawFound();
});
