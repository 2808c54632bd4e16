// The kept pictures of a run: scrub or play them in the big canvas ('tgan:past'); Live goes back.
// server.frame({me, run, index}) gives one picture; those that came are kept. What can be done with a moment:
// moments.js.
import {drawMoments, onBest} from './moments.js';

const $ = (s) => element.querySelector(s);
const box = $('.past');
const bar = $('input');
const out = $('output');
const live = $('.live');
const play = $('.play');
const cache = new Map();
let at = -1;
let playing = 0;
let wanted = 0;
const count = () => tgan.run?.history_count ?? 0;

async function frame(index) {
  const run = tgan.run;
  const key = run.id + ':' + (count() < 200 ? 0 : count()) + ':' + index; // beyond 200 every second one goes
  if (!cache.has(key)) {
    const answer = await server.frame({me: tgan.me, run: run.id, index});
    if (answer.error) {
      tgan.toast(answer.error);
      return null;
    }
    if (cache.size > 400) cache.clear();
    cache.set(key, answer);
  }
  return cache.get(key);
}

async function show(index, best = null) {
  const mine = ++wanted;
  at = index;
  const got = await frame(index);
  if (mine !== wanted || !got || at < 0) return;
  document.dispatchEvent(new CustomEvent('tgan:past', {detail: got}));
  say(got);
  drawMoments(best ?? got.nimg, best !== null);
}

function say(got) {
  out.textContent = got
    ? tgan.ofRun('train.history.at', {nimg: tgan.whole(got.nimg), i: at + 1, n: count()})
    : tgan.ofRun('train.history.n', {n: count()});
  live.hidden = at < 0;
}

function back() {
  halt();
  wanted++;
  at = -1;
  bar.value = bar.max;
  document.dispatchEvent(new CustomEvent('tgan:past', {detail: null}));
  say(null);
  drawMoments(null);
}

async function next() {
  if (!playing) return;
  const to = at + 1;
  if (to >= count()) return back();
  bar.value = to;
  await show(to);
  playing = setTimeout(next, Math.max(60, Math.min(180, 8000 / count())));
}

let known = '';

function draw() {
  tgan.words(element);
  const n = count();
  const run = tgan.run?.id ?? '';
  box.hidden = n < 2;
  if (run !== known) {
    known = run;
    if (at >= 0) back();
  }
  bar.max = Math.max(0, n - 1);
  if (at < 0) {
    bar.value = bar.max;
    say(null);
  }
  drawMoments();
}

function halt() {
  clearTimeout(playing);
  playing = 0;
  play.textContent = '▶';
}

bar.addEventListener('input', () => {
  halt();
  show(Number(bar.value));
});
onBest((index, nimg) => {
  halt();
  bar.value = index;
  show(index, nimg);
});
live.addEventListener('click', back);
play.addEventListener('click', () => {
  if (playing) return halt();
  if (at < 0 || at >= count() - 1) at = -1;
  playing = 1;
  play.textContent = '❚❚';
  next();
});
draw();
document.addEventListener('tgan:run', draw);
tgan.onLang(draw);
