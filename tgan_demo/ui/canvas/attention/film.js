// The item as it plays, under the map of the step that it is in, and a play head below the big picture.
import {current, scaleOf} from './maps.js';
import {levelOf, ramp} from './colours.js';
import {canvas, drawn, picture} from './picture.js';
import {$, columns, frames, isFilm, ready, rows, shown, state, t} from './view.js';

// the clip as it plays, under the map of the step that it is in
export function drawClip(map) {
  const mini = $('.clip');
  const film = isFilm();
  mini.hidden = !film;
  if (!film) return;
  const {item} = shown();
  const side = tgan.wholeSize(item.w, 96);
  const now = tgan.clock.frame(item.frames);
  const k = Math.floor(now / frames());
  const c = tgan.crisp(mini, side, (side * item.h) / item.w);
  const one = tgan.places([rows(), columns()], side, (side * item.h) / item.w);
  c.drawImage(picture(item)[0], 0, now * item.h, item.w, item.h, 0, 0, side, (side * item.h) / item.w);
  if (map) {
    const top = scaleOf(map);
    const table = ramp('hot');
    for (let i = 0; i < rows() * columns(); i++) {
      const level = levelOf(map.cells[k * rows() * columns() + i], top);
      const {x, y, w, h} = one.box(i);
      c.globalAlpha = (state.opacity * 0.8 * level) / 255;
      c.fillStyle = `rgb(${table[level]})`;
      c.fillRect(x, y, w, h);
    }
  }
  c.globalAlpha = 1;
  Object.assign(mini.dataset, {frame: now, playing: tgan.clock.playing});
  mini.setAttribute('aria-label', t('inside.clip'));
  mini.title = t('inside.clip');
  drawHead(now);
}

let headAt = -1; // the frame under the play head

// a line below the step that plays, as far as it has come
function drawHead(now) {
  const c = canvas.getContext('2d');
  const laid = drawn.places;
  const line = (frame, style) => {
    const {x, y, w, h} = laid.step(Math.floor(frame / frames()));
    const part = ((frame % frames()) + 1) / frames();
    c.clearRect(x, y + h + 1, w, 4);
    if (style) {
      c.fillStyle = style;
      c.fillRect(x, y + h + 2, w * part, 2);
    }
  };
  if (headAt >= 0 && headAt < shown().item.frames) line(headAt, '');
  headAt = now;
  line(now, tgan.css('--tg-accent') || '#0b6e69');
}

tgan.clock.listen(() => {
  if (ready() && isFilm() && drawn.places && $('.main').clientWidth) drawClip(current());
}, element);
const toggle = () => {
  if (ready()) {
    tgan.clock.toggle();
    drawClip(current());
  }
};
$('.clip').addEventListener('click', toggle);
$('.clip').addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' && event.key !== ' ') return;
  event.preventDefault();
  event.stopPropagation();
  toggle();
});
