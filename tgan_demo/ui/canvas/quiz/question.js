// A question: one item or two, as large as there is room, with the answers under them; a clock; what was true.
import {$, node, t, put} from './view.js';

const CLIP_S = 1.024;
const MOST = 460; // pixels a side
const STACKED = 560; // a narrower dialog has texts one above the other
let shown = null; // {game, image, value, figures}
let latest = 0;
let ticking = 0;

const isPairs = (game) => game.way === 'pairs';

function choice(k, text, act) {
  const button = node('button', {type: 'button', 'data-choice': k});
  button.append(node('kbd', {}, String(k + 1)), text);
  button.addEventListener('click', () => act(k));
  return button;
}

export async function showQuestion(game, answer) {
  const mine = ++latest;
  stopQuestion();
  const {question, modality} = game;
  const name = question.name ? tgan.named(question.name, [modality]) : '';
  const key = isPairs(game) ? 'pairs' : 'single';
  $('.play .ask').textContent =
    t('quiz.ask.' + key, {}, modality) + (name ? ' ' + t('quiz.class.' + key, {name}, modality) : '');
  const figures = [...Array(question.n).keys()].map((i) => {
    const label = isPairs(game) ? t('quiz.number', {i: i + 1}) : t('quiz.it', {}, modality);
    const text = question.texts?.[i];
    const canvas = node('canvas', {role: 'img', 'aria-label': text ? `${label}: ${text}` : label});
    const hear = node(
      'button',
      {type: 'button', class: 'hear', 'aria-label': t('quiz.hear', {i: i + 1})},
      '▶',
    );
    const cover = node('div', {class: 'cover', 'aria-hidden': 'true'}, '?');
    const figure = node('figure', {}, node('div', {class: 'view'}, canvas, cover), hear);
    hear.hidden = true;
    if (isPairs(game)) {
      const button = choice(i, t('quiz.this'), answer);
      button.addEventListener('focus', () => button.matches(':focus-visible') && play(i));
      figure.append(button);
    }
    hear.addEventListener('click', () => (shown?.image.sounds ? play(i) : tgan.clock.toggle()));
    canvas.addEventListener('click', () => {
      if (shown?.image.sounds) play(i);
      else if (isPairs(game)) answer(i);
    });
    return figure;
  });
  $('.stage').replaceChildren(...figures);
  $('.stage').dataset.k = question.k;
  $('.answers').replaceChildren(
    ...(isPairs(game) ? [] : ['real', 'generated'].map((word, k) => choice(k, t('quiz.' + word), answer))),
  );
  $('.play .ask').focus({preventScroll: true});
  const image = await tgan.picture(question.src);
  if (mine !== latest) return;
  shown = {game, image, value: question, figures};
  await size();
  if (mine !== latest) return;
  if (!isPairs(game)) {
    play(0);
    if (game.seconds) run(game.seconds);
  }
}

// the sheet as large as its place is
async function size() {
  if (!shown) return;
  const {game, figures} = shown;
  const {question} = game;
  const room = $('.stage').clientWidth;
  const stacked = question.texts && room < STACKED;
  $('.stage').classList.toggle('stacked', !!stacked);
  const across = stacked ? 1 : figures.length;
  const wide = Math.min(MOST, (room - 16 * (across - 1)) / across);
  const high = innerHeight - 350 - $('.room').offsetHeight;
  const tall = stacked ? Math.max(200, high / 2) : Math.max(150, high);
  const side = Math.min(wide, (tall * question.w) / question.h);
  const whole = tgan.wholeSize(question.w, side);
  shown.side = question.src.size || whole < 0.7 * side ? Math.floor(side) : whole;
  const value = tgan.sized(question, Math.round(shown.side * tgan.ratio()));
  if (value.src.size !== shown.value.src.size) {
    const mine = shown;
    const image = await tgan.picture(value.src);
    if (mine !== shown) return;
    shown.image = image;
  }
  shown.value = value;
  draw();
}

function draw() {
  if (!shown?.side) return;
  const {figures, image, value, side} = shown;
  figures.forEach((figure, i) => {
    put(figure.querySelector('canvas'), image, value, i, side);
    figure.querySelector('.hear').hidden = !image.sounds && (image.frames < 2 || tgan.clock.playing);
  });
  $('.stage').dataset.drawn = value.k;
}

function play(i) {
  const {image, figures} = shown ?? {};
  if (!image?.sounds || figures[i].classList.contains('covered')) return;
  const view = figures[i].querySelector('.view');
  tgan.hear(image.sounds[i], CLIP_S, (share) => {
    view.style.setProperty('--at', share === null ? '-1%' : 100 * share + '%');
  });
}

// one item is seen for so long; then it is asked about from memory
function run(seconds) {
  const begun = performance.now();
  const bar = $('.clock');
  bar.hidden = false;
  const step = () => {
    const left = 1 - (performance.now() - begun) / (1000 * seconds);
    bar.firstElementChild.style.width = Math.max(0, 100 * left) + '%';
    if (left > 0) return;
    clearInterval(ticking);
    shown?.figures[0].classList.add('covered');
    $('.play .ask').textContent = t('quiz.time', {}, shown?.game.modality);
  };
  ticking = setInterval(step, 50);
  step();
}

export function stopQuestion() {
  clearInterval(ticking);
  $('.clock').hidden = true;
  shown = null;
}

// told = {k, right, side}
export function showTold(game, {right, side}) {
  clearInterval(ticking);
  $('.clock').hidden = true;
  const words = isPairs(game)
    ? t('quiz.was.pairs', {i: side + 1})
    : t(side ? 'quiz.was.generated' : 'quiz.was.real');
  $('.told').textContent = `${t(right ? 'quiz.right' : 'quiz.wrong')} ${words}`;
  $('.told').dataset.right = right;
  const figures = [...$('.stage').children];
  figures.forEach((figure, i) => {
    const isReal = isPairs(game) ? i === side : side === 0;
    figure.classList.remove('covered');
    figure.classList.add(isReal ? 'real' : 'fake');
    figure
      .querySelector('.view')
      .append(node('b', {class: 'mark'}, t(isReal ? 'quiz.real' : 'quiz.generated')));
  });
  for (const button of $('.play').querySelectorAll('[data-choice]')) button.disabled = true;
}

tgan.onLook(size);
tgan.clock.listen(() => shown?.image.frames > 1 && draw(), $('.stage'));
