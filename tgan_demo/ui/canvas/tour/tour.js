// The six steps of adversarial training on the live run: a sentence with its real numbers, and the
// part of the page it is about (data-part) in a frame. Works before a run too.
const $ = (s) => element.querySelector(s);
const t = tgan.ofRun;
const STEPS = [
  ['init', 'start'],
  ['generate', 'samples'],
  ['judge', 'judge'],
  ['losses', 'loss'],
  ['update', 'steps'],
  ['repeat', 'repeat'],
];
const card = $('section');
const open = $('#train-tour-open');
let at = -1;
let framed = null;

function numbers() {
  const run = tgan.run;
  const last = (name) => {
    const values = (run?.[name] ?? []).filter((v) => v !== null);
    return values.length ? values[values.length - 1].toFixed(2) : '?';
  };
  const now = tgan.training?.now ?? (() => '?');
  return {
    batch: now('batch_size'),
    seed: now('seed'),
    d_real: last('d_real'),
    d_fake: last('d_fake'),
    loss_d: last('loss_d'),
    loss_g: last('loss_g'),
    step: run ? tgan.whole(run.step) : 0,
    d_steps: now('d_steps'),
  };
}

function frame(part) {
  if (framed) {
    framed.style.outline = '';
    framed.style.outlineOffset = '';
    framed = null;
  }
  framed = part ? document.querySelector(`#train [data-part="${part}"]`) : null;
  if (!framed) return;
  framed.style.outline = '2px solid var(--tg-accent)';
  framed.style.outlineOffset = '7px';
}

function go(to, move) {
  at = to;
  draw();
  if (at < 0) return;
  frame(STEPS[at][1]);
  if (move && framed)
    framed.scrollIntoView({
      block: 'nearest',
      behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth',
    });
}

function draw() {
  tgan.words(element, tgan.whoseRun());
  card.hidden = at < 0;
  open.hidden = at >= 0;
  open.style.display = at >= 0 ? 'none' : '';
  open.setAttribute('aria-expanded', at >= 0);
  if (at < 0) return frame(null);
  const [name] = STEPS[at];
  const values = numbers();
  const put = (s, text) => {
    const node = $(s);
    if (node.textContent !== text) node.textContent = text;
  };
  put('h2', `${at + 1} / 6 · ${tgan.t(`train.tour.${name}`)}`);
  put('.body p', t(`train.tour.${name}.what`, values));
  put('.try', t(`train.tour.${name}.try`, values));
  $('.back').disabled = at === 0;
  put('.next', t(at === 5 ? 'train.tour.done' : 'train.tour.next'));
  $('ol')
    .querySelectorAll('button')
    .forEach((dot, i) => {
      if (i === at) dot.setAttribute('aria-current', 'step');
      else dot.removeAttribute('aria-current');
      dot.setAttribute('aria-label', `${i + 1}: ` + tgan.t(`train.tour.${STEPS[i][0]}`));
    });
}

$('ol').append(
  ...STEPS.map((_, i) => {
    const item = document.createElement('li');
    const dot = document.createElement('button');
    dot.type = 'button';
    dot.textContent = i + 1;
    dot.addEventListener('click', () => go(i, true));
    item.append(dot);
    return item;
  }),
);
open.addEventListener('click', () => {
  go(0, true);
  $('.next').focus({preventScroll: true});
});
$('.back').addEventListener('click', () => go(Math.max(0, at - 1), true));
$('.next').addEventListener('click', () => go(at === 5 ? -1 : at + 1, true));
$('.close').addEventListener('click', () => {
  go(-1);
  open.focus();
});
card.addEventListener('keydown', (event) => {
  const to = {ArrowRight: Math.min(5, at + 1), ArrowLeft: Math.max(0, at - 1), Escape: -1}[event.key];
  if (to === undefined) return;
  go(to, true);
  event.preventDefault();
  event.stopPropagation();
});
draw();
tgan.onLang(draw);
document.addEventListener('tgan:run', () => {
  if (at >= 0) draw();
});
document.addEventListener('tgan:setup', () => {
  if (at >= 0) draw();
});
