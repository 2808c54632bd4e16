// A tour: parts of the page in order, each in a frame and with a sentence that tells its real numbers.
// fixed = {id, words, steps: [[name, tab, selector], ...], floats}: a step opens its tab; the words of a step
// are <words>.<name>, .what and .try. One that floats is tgan.tour(); another has a button of its own.
import {ofDraw, ofRun} from './numbers.js';
import {place} from './place.js';

const $ = (s) => element.querySelector(s);
const {words, steps, floats} = fixed;
const LAST = steps.length - 1;
const LOOK_MS = 100;
const LOOKS = 80; // for a part of a tab that has just been opened
const SLIDE_MS = 260; // of the drawer
// below there may be a run's bar and a phone's handle
const FRAME = {outline: '2px solid var(--tg-accent)', outlineOffset: '7px', scrollMargin: '24px 0 112px'};
const card = $('section');
const open = $('.open');
const whose = () => (floats ? [] : tgan.whoseRun());
const t = (key, values) => tgan.t(`${words}.${key}`, values, whose());
let at = -1;
let framed = null;

function frame(part) {
  if (framed) for (const name of Object.keys(FRAME)) framed.style[name] = '';
  framed = part;
  if (framed) Object.assign(framed.style, FRAME);
}

// `step` is over if another one was asked for meanwhile
function reach(step, looks = LOOKS) {
  if (step !== at) return;
  const part = document.querySelector(steps[at][2]);
  if (looks && !(part?.checkVisibility() && part.offsetHeight)) {
    setTimeout(() => reach(step, looks - 1), LOOK_MS);
    return;
  }
  const isSliding = floats && part && slides(part);
  if (isSliding) setTimeout(() => step === at && show(part), SLIDE_MS);
  else show(part);
}

// on a phone the left column is a drawer; whether it now comes
function slides(part) {
  if (!document.getElementById('drawer').offsetHeight) return false;
  const isIn = !!part.closest('#side');
  const isOpen = document.body.classList.contains('drawer');
  if (isIn !== isOpen) tgan.drawer(isIn);
  return isIn && !isOpen;
}

function show(part) {
  frame(part);
  grown.disconnect();
  if (!part) return;
  settle(part);
  if (floats) grown.observe(part);
}

// what was empty when the step came grows, and would be hidden by the card
const grown = new ResizeObserver(() => framed && settle(framed));

function settle(part) {
  const isStill = floats || matchMedia('(prefers-reduced-motion: reduce)').matches;
  part.scrollIntoView({block: 'nearest', behavior: isStill ? 'auto' : 'smooth'});
  if (!floats || place(card, part)) return;
  part.scrollIntoView({block: 'start'}); // then there is room below it
  place(card, part);
}

function go(to) {
  at = to;
  frame(null);
  draw();
  if (at < 0) return leave();
  if (tgan.tab !== steps[at][1]) tgan.openTab(steps[at][1]);
  reach(at);
}

function leave() {
  if (floats) tgan.drawer(false);
  (floats ? document.getElementById('help') : open).focus();
}

function draw() {
  tgan.words(element, whose());
  const isOpen = at >= 0;
  card.hidden = !isOpen;
  card.setAttribute('aria-label', t('open'));
  open.hidden = isOpen || floats;
  open.textContent = t('open');
  open.setAttribute('aria-expanded', isOpen);
  if (!isOpen) return;
  const [name] = steps[at];
  const values = floats ? ofDraw() : ofRun();
  const put = (s, text) => {
    const node = $(s);
    if (node.textContent !== text) node.textContent = text;
  };
  put('h2', `${at + 1} / ${steps.length} · ${t(name)}`);
  put('.body p', t(`${name}.what`, values));
  put('.try', t(`${name}.try`, values));
  $('.back').disabled = at === 0;
  put('.next', tgan.t(at === LAST ? 'tour.done' : 'tour.next'));
  $('ol')
    .querySelectorAll('button')
    .forEach((dot, i) => {
      if (i === at) dot.setAttribute('aria-current', 'step');
      else dot.removeAttribute('aria-current');
      dot.setAttribute('aria-label', `${i + 1}: ${t(steps[i][0])}`);
    });
  if (floats) place(card, framed);
}

$('ol').append(
  ...steps.map((_, i) => {
    const item = document.createElement('li');
    const dot = document.createElement('button');
    dot.type = 'button';
    dot.textContent = i + 1;
    dot.addEventListener('click', () => go(i));
    item.append(dot);
    return item;
  }),
);
function start() {
  go(0);
  $('.next').focus({preventScroll: true});
}
$('.back').addEventListener('click', () => go(Math.max(0, at - 1)));
$('.next').addEventListener('click', () => go(at === LAST ? -1 : at + 1));
$('.close').addEventListener('click', () => go(-1));

const KEYS = {
  ArrowRight: () => Math.min(LAST, at + 1),
  ArrowLeft: () => Math.max(0, at - 1),
  Escape: () => -1,
};
function key(event) {
  if (at < 0 || !KEYS[event.key]) return;
  go(KEYS[event.key]());
  event.preventDefault();
  event.stopPropagation();
}
card.addEventListener('keydown', key);
if (floats) {
  tgan.tour = () => setTimeout(start); // after the click that asks for it, which closes the drawer
  card.parentElement.classList.add('floats');
  // from where nothing else waits for the arrows; Escape from anywhere but a field or a dialog
  const isFree = (event) => event.key === 'Escape' || event.target === document.body;
  window.addEventListener('keydown', (event) => !tgan.isTyping(event) && isFree(event) && key(event));
  window.addEventListener('resize', () => at >= 0 && place(card, framed));
} else {
  open.id = `${fixed.id}-open`;
  open.addEventListener('click', start);
}
card.id = `${fixed.id}-card`;
open.setAttribute('aria-controls', card.id);
draw();
tgan.onLang(draw);
for (const told of floats ? ['tgan:drew'] : ['tgan:run', 'tgan:setup'])
  document.addEventListener(told, () => {
    if (at >= 0) draw();
  });
