// How it goes: health in words and what can be done about it, numbers with their units, small charts over images
// seen, dashed what real data get. Reads tgan.run (training.js); what found.js draws fires 'remedy' ({key}),
// what change.js draws 'adjust' and 'undo'.
// Faint: as measured; strong: smoothed. Hover tells the values at a place.
import {drawFound, verdictOf} from './found.js';
import {drawChange} from './change.js';
import {drawNearest} from './nearest.js';

const $ = (s) => element.querySelector(s);
const t = tgan.ofRun;
const {LEFT, nearest, paint, short, smooth} = tgan.chart;
const BAND = [0.65, 0.85];
const CHARTS = [
  {
    key: 'loss',
    part: 'loss',
    term: 'loss',
    series: [
      ['loss_d', 'D', '--tg-real'],
      ['loss_g', 'G', '--tg-fake'],
    ],
  },
  {
    key: 'judge',
    part: 'judge',
    term: 'logit',
    waits: true,
    series: [
      ['d_real', 'train.real', '--tg-real'],
      ['d_fake', 'train.fake', '--tg-fake'],
    ],
  },
  {
    key: 'accuracy',
    part: 'accuracy',
    term: 'discriminator',
    waits: true,
    series: [
      ['accuracy', 'D', '--tg-real'],
      ['unseen', 'train.unseen', '--tg-accent'],
    ],
    range: [0, 1],
    band: BAND,
    percent: true,
  },
  {
    key: 'grad',
    part: 'grad',
    term: 'gradient',
    series: [
      ['grad_d', 'D', '--tg-real'],
      ['grad_g', 'G', '--tg-fake'],
    ],
    log: true,
  },
  {
    key: 'reach',
    part: 'reach',
    term: 'coverage',
    scored: true,
    series: [
      ['coverage', 'train.coverage', '--tg-real'],
      ['precision', 'train.precision', '--tg-fake'],
      ['recall', 'train.recall', '--tg-ink'],
    ],
    range: [0, 1],
    percent: true,
  },
  {key: 'score', part: 'score', term: 'floor', scored: true, series: [['frechet', 'G', '--tg-fake']]},
  {key: 'gamma', part: 'gamma', term: 'r1', waits: true, series: [['gamma', 'γ', '--tg-accent']], log: true},
];
const ILL = {
  warm_start: 'warm_start',
  collapse: 'collapse',
  samey: 'collapse',
  few_classes: 'collapse',
  vanishing: 'gradient',
  d_dead: 'r1',
  memorises: 'discriminator',
  exploding: 'gradient',
};
const REACH = ['coverage', 'precision', 'recall']; // have a chart of their own
const scored = CHARTS.find((chart) => chart.key === 'score');
const which = document.createElement('select'); // of the scores
let hover = null;

for (const chart of CHARTS) {
  const box = document.createElement('div');
  box.className = 'chart';
  box.id = 'train-chart-' + chart.key;
  box.dataset.part = chart.part;
  box.innerHTML =
    '<div class="top"><span class="name"><b></b></span></div><canvas role="img"></canvas><p></p>';
  chart.box = box;
  box.querySelector('b').after(tgan.term(chart.term));
  chart.canvas = box.querySelector('canvas');
  chart.keys = tgan.chart.keys(box.querySelector('.top'), chart.series);
  chart.canvas.addEventListener('pointermove', (event) => {
    const room = chart.canvas.getBoundingClientRect();
    hover = Math.min(1, Math.max(0, (event.clientX - room.left - LEFT) / (room.width - LEFT)));
    charts();
  });
  chart.canvas.addEventListener('pointerleave', () => {
    hover = null;
    charts();
  });
  $('.charts').append(box);
}

which.id = 'train-score-which';
which.addEventListener('change', () => {
  tgan.keep('score', which.value);
  charts();
});
scored.box.querySelector('b').replaceWith(which);

// the scores that this run has, in its order; the one that was chosen last
function choices(real) {
  const names = Object.keys(real ?? {}).filter((name) => !REACH.includes(name));
  const key = names.join() + t('train.score');
  if (which.dataset.key !== key) {
    which.dataset.key = key;
    const named = names.length ? names : ['frechet'];
    which.replaceChildren(...named.map((name) => new Option(t('train.score.' + name), name)));
    which.setAttribute('aria-label', t('train.score.which'));
  }
  const wanted = tgan.kept('score') ?? 'frechet';
  which.value = names.includes(wanted) ? wanted : (names[0] ?? 'frechet');
  scored.series[0][0] = which.value;
}

function charts() {
  const run = tgan.run;
  choices(run?.scores.real);
  const width = Math.max(140, element.clientWidth);
  const steps = run?.x ?? [];
  const end = Math.max(1, steps[steps.length - 1] ?? 1);
  for (const chart of CHARTS) {
    const from = chart.scored ? run?.scores : run;
    const x = from?.x ?? [];
    const at = hover === null ? x.length - 1 : nearest(x, hover * end);
    const head = chart.box.querySelector('b');
    const note = chart.box.querySelector('p');
    const name = chart === scored ? 'train.score.' + which.value : 'train.chart.' + chart.key;
    if (head) head.textContent = t(name);
    const waits = chart.waits && isLive(run) && run.health.key === 'warm_start';
    note.textContent = t(waits ? 'train.chart.waits' : name + '.info', {n: run?.scores.n || '–'});
    if (chart.scored) note.append(' ' + t('train.score.in.' + (run?.scores.features || 'components')));
    chart.box.dataset.waits = waits ? '1' : '';
    const lines = chart.series.map(([name]) => from?.[name] ?? []);
    const levels = chart.scored && x.length ? chart.series.map(([name]) => from.real[name]) : [];
    const strong = lines.map(smooth);
    const now = chart.series.map(([, label], i) => {
      const said = label.includes('.') ? t(label) : label;
      const value = hover === null ? strong[i][strong[i].length - 1] : lines[i][at];
      return `${said} ${short(value, chart.percent)}`;
    });
    now.forEach((text, i) => {
      chart.keys[i].textContent = text;
    });
    chart.canvas.setAttribute('aria-label', t(name) + ': ' + now.join(', '));
    const marks = (run?.changes ?? []).map((change) => change.nimg);
    paint(chart, {width, x, end, lines, strong, marks, levels, at: hover === null ? null : at});
  }
}

const isLive = (run) => !!run && ['queued', 'preparing', 'running', 'paused'].includes(run.state);

// the verdict while it goes; when it is over, how it ended
function verdict(run) {
  if (!run) return t('train.health.none');
  const {key} = run.health;
  const said = verdictOf(run.health);
  if (isLive(run)) return said;
  if (key === 'starting' || key === 'warm_start') return t('train.ended.' + key);
  return key === 'healthy' ? t('train.ended.good') : t('train.ended.with', {verdict: said});
}

function draw() {
  tgan.words(element, tgan.whoseRun());
  const run = tgan.run;
  const health = $('#train-health');
  const put = (name, text, unit = '') => {
    const node = $(`[data-n=${name}]`);
    node.textContent = text;
    if (unit) {
      const small = document.createElement('small');
      small.textContent = ' ' + unit;
      node.append(small);
    }
  };
  const live = isLive(run);
  health.dataset.level = run ? run.health.level : '';
  health.querySelector('span').textContent = verdict(run);
  const term = ILL[run?.health.key] ?? '';
  if (health.dataset.explains !== term) {
    health.dataset.explains = term;
    health.querySelector('.tg-term')?.remove();
    if (term) health.append(tgan.term(term));
  }
  drawFound();
  put('step', run ? tgan.whole(run.step) : '–');
  put('nimg', run ? tgan.whole(run.nimg) : '–', run?.images_total ? '/ ' + tgan.whole(run.images_total) : '');
  put('speed', run?.images_per_s ? tgan.whole(run.images_per_s) : '–', run ? t('train.unit.speed') : '');
  $('.time').textContent = t(run && !live ? 'train.n.took' : 'train.n.left');
  put('left', live ? tgan.span(run.eta_s) : run ? tgan.span(run.seconds) : '–');
  const share = run?.images_total ? Math.min(100, Math.round((100 * run.nimg) / run.images_total)) : 0;
  const bar = $('#train-progress');
  bar.setAttribute('aria-valuenow', share);
  bar.firstElementChild.style.width = share + '%';
  charts();
  drawChange();
  drawNearest();
}

draw();
document.addEventListener('tgan:run', draw);
tgan.onLang(draw);
tgan.onLook(charts);
tgan.watchSize(element);
