// How a model learned: the curves that lie in its folder, or that it has none.
// value = {x, loss_d, loss_g, accuracy}, columns as models/folder.read_curves has them; {} where there are none.
const $ = (s) => element.querySelector(s);
const {paint, short, smooth} = tgan.chart;
const CHARTS = [
  {
    key: 'loss',
    series: [
      ['loss_d', 'D', '--tg-real'],
      ['loss_g', 'G', '--tg-fake'],
    ],
  },
  {
    key: 'accuracy',
    series: [['accuracy', 'D', '--tg-real']],
    range: [0, 1],
    band: [0.65, 0.85],
    percent: true,
  },
];

for (const chart of CHARTS) {
  const box = document.createElement('div');
  box.className = 'chart';
  box.innerHTML = '<div class="top"><b></b></div><canvas role="img"></canvas><p></p>';
  chart.box = box;
  chart.canvas = box.querySelector('canvas');
  chart.keys = tgan.chart.keys(box.querySelector('.top'), chart.series);
  $('.charts').append(box);
}

function draw() {
  tgan.words(element);
  const {value} = props;
  const x = value?.x ?? [];
  element.dataset.points = x.length;
  $('.none').hidden = !value || x.length > 0;
  $('.charts').hidden = !x.length;
  $('.charts').style.display = x.length ? '' : 'none';
  if (!x.length) return;
  const end = Math.max(1, x.at(-1));
  for (const chart of CHARTS) {
    const lines = chart.series.map(([name]) => value[name]);
    const strong = lines.map(smooth);
    const last = chart.series.map(([, label], i) => `${label} ${short(strong[i].at(-1), chart.percent)}`);
    last.forEach((text, i) => {
      chart.keys[i].textContent = text;
    });
    chart.box.querySelector('b').textContent = tgan.t('train.chart.' + chart.key);
    chart.box.querySelector('p').textContent = tgan.t('card.curves.over', {n: tgan.whole(end)});
    chart.canvas.setAttribute('aria-label', `${tgan.t('train.chart.' + chart.key)}: ${last.join(', ')}`);
    paint(chart, {width: Math.max(140, chart.box.clientWidth), x, end, lines, strong});
  }
}

draw();
watch('value', draw);
tgan.onLang(draw);
tgan.onLook(draw);
tgan.watchSize(element);
