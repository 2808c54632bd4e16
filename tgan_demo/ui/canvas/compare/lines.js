// The curves of two runs over one another, by samples or by seconds of training.
const CURVES = ['loss_d', 'loss_g', 'accuracy', 'd_real', 'd_fake', 'grad_d', 'grad_g'];
const LOG = ['grad_d', 'grad_g'];
const POINTS = 160; // of the common x
const which = element.querySelector('#compare-curve');
const over = element.querySelector('#compare-x');
const chart = {
  canvas: element.querySelector('#compare-chart'),
  series: [
    ['a', 'A', '--tg-real'],
    ['b', 'B', '--tg-fake'],
  ],
};
const keys = tgan.chart.keys(element.querySelector('.keys'), chart.series);
const isScore = (name) => name.startsWith('score.');

export function fillCurves(sides) {
  const scores = [...new Set(['a', 'b'].flatMap((name) => Object.keys(sides[name]?.scores.real ?? {})))];
  const names = [...CURVES, ...scores.map((name) => 'score.' + name)];
  const chosen = which.value || names[0];
  const label = (name) => (isScore(name) ? tgan.t('train.' + name) : tgan.t('compare.curve.' + name));
  which.replaceChildren(...names.map((name) => new Option(label(name), name)));
  if (names.includes(chosen)) which.value = chosen;
}

// x and y of one run; scores are of so many samples, whose seconds the curve knows
function line(side) {
  const {curve, scores} = side;
  const name = which.value;
  const values = isScore(name) ? (scores[name.slice(6)] ?? []) : curve[name];
  let x = isScore(name) ? scores.x : curve.x;
  if (over.value === 'seconds') x = isScore(name) ? x.map((v) => secondsAt(curve, v)) : curve.x_seconds;
  const points = x.map((v, i) => [v, values[i] ?? null]).filter(([v]) => v !== null && v !== undefined);
  return [points.map(([v]) => v), points.map(([, v]) => v)];
}

const secondsAt = (curve, nimg) =>
  curve.x.length ? curve.x_seconds[tgan.chart.nearest(curve.x, nimg)] : null;

// the values at places of another x; null where there are none
function resampled([x, y], places) {
  let k = 0;
  return places.map((place) => {
    if (!x.length || place < x[0] || place > x[x.length - 1]) return null;
    while (k < x.length - 2 && x[k + 1] < place) k++;
    const next = Math.min(k + 1, x.length - 1);
    if (y[k] === null || y[next] === null) return y[k] ?? y[next];
    const share = x[next] > x[k] ? (place - x[k]) / (x[next] - x[k]) : 0;
    return y[k] + Math.min(1, share) * (y[next] - y[k]);
  });
}

export function drawCurves(sides, at) {
  const found = ['a', 'b'].map((name) => (sides[name] ? line(sides[name]) : [[], []]));
  const end = Math.max(1e-9, ...found.flatMap(([x]) => x.slice(-1)));
  const x = [...Array(POINTS).keys()].map((k) => (k * end) / (POINTS - 1));
  const lines = found.map((one) => resampled(one, x));
  const width = Math.max(160, chart.canvas.parentElement.clientWidth);
  const marks = ['a', 'b']
    .filter((name) => sides[name])
    .map((name) => (over.value === 'seconds' ? secondsAt(sides[name].curve, at[name]) : at[name]))
    .filter((mark) => mark !== null && mark !== undefined);
  const real = isScore(which.value) ? which.value.slice(6) : '';
  const levels = ['a', 'b'].map((name) => sides[name]?.scores.real[real]).filter((v) => v !== undefined);
  chart.log = LOG.includes(which.value);
  tgan.chart.paint(chart, {width, x, end, lines, strong: lines.map(tgan.chart.smooth), marks, levels});
  const last = over.value === 'seconds' ? tgan.span(end) : tgan.whole(end);
  const titles = ['a', 'b'].map((name, i) => `${'AB'[i]} ${sides[name]?.title ?? '–'}`);
  keys.forEach((key, i) => {
    key.textContent = titles[i];
  });
  const values = {what: which.selectedOptions[0]?.textContent ?? '', a: titles[0], b: titles[1], end: last};
  chart.canvas.setAttribute('aria-label', tgan.t('compare.chart.aria', values));
  chart.canvas.dataset.points = lines.map((one) => one.filter((v) => v !== null).length).join(' ');
}
