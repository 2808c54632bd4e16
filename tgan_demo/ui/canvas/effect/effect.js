// What the newest single step changed, in a sentence with its numbers and on a line: D's mean logits of the
// step's own samples before (ring) and after (dot). Reads tgan.run.effect (engine/game/effect.py).
const $ = (s) => element.querySelector(s);
const t = tgan.ofRun;
const box = $('.effect');
const line = $('canvas');
const NAMES = {d: 'D', g: 'G', both: 'D + G'};
const PARTS = {d: 'judge', g: 'judge', both: 'judge', warm: 'loss'}; // the chart to look at
const HEIGHT = 46;
let asked = ''; // the players of a step that is not done yet

// with as many digits as it takes to see a change
function pair(before, after, least = 2) {
  const differ = (digits) => before.toFixed(digits) !== after.toFixed(digits);
  const digits = [least, 3, 4].find(differ) ?? least;
  return [before, after].map((v) => v.toFixed(digits).replace('-', '−')).join(' → ');
}

const way = ({players, is_warm_start: warm, before: a, after: b}) => {
  if (warm) return b.reconstruction_loss < a.reconstruction_loss ? 'warm.better' : 'warm.worse';
  const gap = b.d_real - b.d_fake - (a.d_real - a.d_fake);
  if (players === 'g') return b.d_fake > a.d_fake ? 'g.better' : 'g.worse';
  return `${players}.${gap > 0 ? 'wider' : 'narrower'}`;
};

function draw() {
  tgan.words(element, tgan.whoseRun());
  const run = tgan.run;
  const effect = run?.state === 'paused' ? run.effect : null;
  box.hidden = !effect && !asked;
  const kind = effect?.is_warm_start ? 'warm' : effect?.players;
  box.dataset.players = asked || kind || '';
  box.dataset.step = asked ? '' : (effect?.step ?? '');
  line.hidden = asked || !effect || effect.is_warm_start;
  $('.means').hidden = !!asked;
  if (box.hidden) return;
  if (asked) return put('.did', t('train.effect.asked', {who: NAMES[asked]}));
  const {before: a, after: b} = effect;
  put(
    '.did',
    t('train.effect.' + kind, {
      step: tgan.whole(effect.step),
      real: pair(a.d_real, b.d_real),
      fake: pair(a.d_fake, b.d_fake),
      same: b.d_real.toFixed(2).replace('-', '−'),
      right: [a, b].map((look) => Math.round(100 * look.d_accuracy)).join(' → '),
      loss: pair(a.reconstruction_loss, b.reconstruction_loss, 3),
    }),
  );
  put('.means span', t('train.effect.' + way(effect)));
  $('.means button').textContent = t('train.effect.look', {chart: t('train.chart.' + PARTS[kind])});
  if (!line.hidden) paint(a, b);
}

const put = (s, text) => {
  const node = $(s);
  if (node.textContent !== text) node.textContent = text;
};

function paint(a, b) {
  const width = Math.min(560, Math.max(200, element.clientWidth - 40));
  const context = tgan.crisp(line, width, HEIGHT);
  const all = [a.d_real, b.d_real, a.d_fake, b.d_fake];
  const middle = (Math.min(...all) + Math.max(...all)) / 2;
  const half = Math.max(0.02, 0.62 * (Math.max(...all) - Math.min(...all)));
  const X = (v) => 60 + ((v - middle + half) / (2 * half)) * (width - 120);
  context.font = '12px ' + tgan.css('--tg-mono');
  context.textBaseline = 'middle';
  [
    ['train.real', a.d_real, b.d_real, '--tg-real'],
    ['train.fake', a.d_fake, b.d_fake, '--tg-fake'],
  ].forEach(([name, from, to, colour], i) => {
    const y = 12 + i * 22;
    context.strokeStyle = tgan.css('--tg-line');
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(48, y);
    context.lineTo(width, y);
    context.stroke();
    context.fillStyle = context.strokeStyle = tgan.css(colour);
    context.fillText(t(name), 0, y);
    context.lineWidth = 2;
    context.beginPath();
    context.moveTo(X(from), y);
    context.lineTo(X(to), y);
    context.stroke();
    context.beginPath();
    context.arc(X(to), y, 5, 0, 2 * Math.PI);
    context.fill();
    context.beginPath();
    context.arc(X(from), y, 5, 0, 2 * Math.PI);
    context.stroke();
  });
  line.setAttribute('aria-label', t('train.effect.aria'));
}

$('.means button').addEventListener('click', () => {
  const chart = document.querySelector(`#train-curves [data-part="${PARTS[kindNow()]}"]`);
  if (!chart) return;
  const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  chart.scrollIntoView({block: 'nearest', behavior: isCalm ? 'auto' : 'smooth'});
  chart.style.outline = '2px solid var(--tg-accent)';
  chart.style.outlineOffset = '7px';
  setTimeout(() => {
    chart.style.outline = '';
  }, 2500);
});
const kindNow = () => (tgan.run?.effect?.is_warm_start ? 'warm' : (tgan.run?.effect?.players ?? 'both'));

// the click itself is said at once; the numbers come with the answer
document.addEventListener('click', (event) => {
  const button = event.target.closest?.('#train-step-d, #train-step-g, #train-step-both');
  if (!button || button.disabled) return;
  asked = button.id.replace('train-step-', '');
  draw();
});
const answered = () => {
  asked = '';
  draw();
};
document.addEventListener('tgan:run', answered);
document.addEventListener('tgan:refused', answered);
draw();
tgan.onLang(draw);
tgan.onLook(draw);
tgan.watchSize(element);
