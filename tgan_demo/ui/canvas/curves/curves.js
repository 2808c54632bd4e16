// How it goes: health in words, numbers with their units, five small charts over images seen.
// Reads tgan.run (training.js). Faint: as measured; strong: smoothed. Hover tells the values at a place.
const $ = (s) => element.querySelector(s);
const t = tgan.ofRun;
const HEIGHT = 74;
const LEFT = 38;
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
    series: [['accuracy', 'D', '--tg-real']],
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
  {key: 'gamma', part: 'gamma', term: 'r1', waits: true, series: [['gamma', 'γ', '--tg-accent']], log: true},
];
const ILL = {
  warm_start: 'warm_start',
  collapse: 'collapse',
  samey: 'collapse',
  d_dead: 'r1',
  exploding: 'gradient',
};
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
  chart.keys = chart.series.map(([, , colour]) => {
    const span = document.createElement('span');
    span.className = 'key';
    span.innerHTML = '<i></i><span></span>';
    span.querySelector('i').style.background = `var(${colour})`;
    box.querySelector('.top').append(span);
    return span.querySelector('span');
  });
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

function short(v, percent) {
  if (v === null || v === undefined) return '–';
  if (percent) return Math.round(v * 100) + ' %';
  const size = Math.abs(v);
  return size >= 100
    ? v.toFixed(0)
    : size >= 10
      ? v.toFixed(1)
      : size >= 0.01 || v === 0
        ? v.toFixed(2)
        : v.toExponential(0);
}

function smooth(values) {
  let mean = null;
  return values.map((v) => {
    if (v === null) return null;
    mean = mean === null ? v : mean + 0.18 * (v - mean);
    return mean;
  });
}

function charts() {
  const run = tgan.run;
  const width = Math.max(140, element.clientWidth);
  const x = run?.x ?? [];
  const end = Math.max(1, x[x.length - 1] ?? 1);
  const at = hover === null ? x.length - 1 : nearest(x, hover * end);
  for (const chart of CHARTS) {
    const head = chart.box.querySelector('b');
    const note = chart.box.querySelector('p');
    head.textContent = t('train.chart.' + chart.key);
    const waits = chart.waits && isLive(run) && run.health.key === 'warm_start';
    note.textContent = t(waits ? 'train.chart.waits' : 'train.chart.' + chart.key + '.info');
    chart.box.dataset.waits = waits ? '1' : '';
    const lines = chart.series.map(([name]) => run?.[name] ?? []);
    const strong = lines.map(smooth);
    const now = chart.series.map(([, label], i) => {
      const name = label.includes('.') ? t(label) : label;
      const value = hover === null ? strong[i][strong[i].length - 1] : lines[i][at];
      return `${name} ${short(value, chart.percent)}`;
    });
    now.forEach((text, i) => {
      chart.keys[i].textContent = text;
    });
    chart.canvas.setAttribute('aria-label', head.textContent + ': ' + now.join(', '));
    paint(chart, width, x, end, lines, strong, at);
  }
}

const isLive = (run) => !!run && ['queued', 'preparing', 'running', 'paused'].includes(run.state);

// the verdict while it goes; when it is over, how it ended
function verdict(run) {
  if (!run) return t('train.health.none');
  const {key, level} = run.health;
  const said = t('train.health.' + key, run.health);
  if (isLive(run)) return said;
  if (key === 'starting' || key === 'warm_start') return t('train.ended.' + key);
  return level === 'good' ? t('train.ended.good') : t('train.ended.with', {verdict: said});
}

const nearest = (x, value) =>
  x.reduce((best, v, i) => (Math.abs(v - value) < Math.abs(x[best] - value) ? i : best), 0);

function paint(chart, width, x, end, lines, strong, at) {
  const context = tgan.crisp(chart.canvas, width, HEIGHT);
  const ink = tgan.css('--tg-soft');
  const line = tgan.css('--tg-line');
  const scale = (v) => (chart.log ? Math.log10(Math.max(1e-4, v)) : v);
  const [low, high] =
    chart.range ??
    bounds(
      strong
        .flat()
        .filter((v) => v !== null)
        .map(scale),
      chart.log,
    );
  const X = (v) => LEFT + (v / end) * (width - LEFT - 3);
  const Y = (v) => 5 + (1 - (scale(v) - low) / (high - low || 1)) * (HEIGHT - 10);
  if (chart.band) {
    context.fillStyle = tgan.css('--tg-good');
    context.globalAlpha = 0.16;
    context.fillRect(LEFT, Y(chart.band[1]), width - LEFT, Y(chart.band[0]) - Y(chart.band[1]));
    context.globalAlpha = 1;
  }
  context.strokeStyle = line;
  context.fillStyle = ink;
  context.lineWidth = 1;
  context.font = '11px ' + tgan.css('--tg-mono');
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  for (const mark of chart.range ? [low, 0.5, high] : [low, high]) {
    const value = chart.log ? 10 ** mark : mark;
    const y = Math.round(Y(value)) + 0.5;
    context.beginPath();
    context.moveTo(LEFT, y);
    context.lineTo(width, y);
    context.stroke();
    if (x.length || chart.range)
      context.fillText(short(value, chart.percent), LEFT - 5, Math.min(HEIGHT - 6, Math.max(6, y)));
  }
  if (low < 0 && high > 0) {
    context.setLineDash([2, 3]);
    context.beginPath();
    context.moveTo(LEFT, Y(0));
    context.lineTo(width, Y(0));
    context.stroke();
    context.setLineDash([]);
  }
  context.save();
  context.beginPath();
  context.rect(LEFT, 0, width - LEFT, HEIGHT);
  context.clip();
  chart.series.forEach(([, , colour], i) => {
    context.strokeStyle = tgan.css(colour);
    for (const [values, alpha, thick] of [
      [lines[i], 0.28, 1],
      [strong[i], 1, 1.8],
    ]) {
      context.globalAlpha = alpha;
      context.lineWidth = thick;
      context.beginPath();
      let open = false;
      values.forEach((v, k) => {
        if (v === null) {
          open = false;
          return;
        }
        context[open ? 'lineTo' : 'moveTo'](X(x[k]), Y(v));
        open = true;
      });
      context.stroke();
    }
    context.globalAlpha = 1;
  });
  if (hover !== null && x.length) {
    context.strokeStyle = ink;
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(X(x[at]), 0);
    context.lineTo(X(x[at]), HEIGHT);
    context.stroke();
  }
  context.restore();
}

function bounds(values, log) {
  if (!values.length) return [0, 1];
  const sorted = [...values].sort((a, b) => a - b);
  const pick = (q) => sorted[Math.round(q * (sorted.length - 1))];
  let low = pick(0.01);
  let high = pick(0.99);
  const least = log ? 0.3 : Math.max(0.02, Math.abs(high) * 0.05);
  const lack = least - (high - low);
  if (lack > 0) {
    low -= lack / 2;
    high += lack / 2;
  }
  const edge = (high - low) * 0.08;
  return [low - edge, high + edge];
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
}

draw();
document.addEventListener('tgan:run', draw);
tgan.onLang(draw);
tgan.onLook(charts);
tgan.watchSize(element);
