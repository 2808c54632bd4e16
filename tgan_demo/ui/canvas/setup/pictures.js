// Pictures of the data: a strip of the chosen set, and what would be learned from files that came.
import {$, data, state, t, whose} from './choice.js';

async function paintSheet(canvas, value, room) {
  const picture = await tgan.picture(value.src);
  const lines = Math.ceil(value.n / value.cols);
  const gap = 2;
  const w = (room - gap * (value.cols - 1)) / value.cols;
  const h = (w * value.h) / value.w;
  const paint = () => {
    const context = tgan.crisp(canvas, room, lines * (h + gap) - gap);
    tgan.smooth(context, picture);
    for (let i = 0; i < value.n; i++) {
      const x = (i % value.cols) * (w + gap);
      tgan.put(context, picture, value, i, x, Math.floor(i / value.cols) * (h + gap), w, h);
    }
    canvas.dataset.frame = tgan.clock.frame(picture.frames);
  };
  canvas.silence?.(); // what it played before
  canvas.silence = picture.frames > 1 ? tgan.clock.listen(paint, canvas) : null;
  paint();
}

export function pictures() {
  const room = Math.max(150, element.clientWidth);
  showStrip(room);
  showCrop(room);
}

const some = (names) => names.slice(0, 8).join(', ') + (names.length > 8 ? ' …' : '');

function showStrip(room) {
  const {strip} = state;
  const canvas = $('#train-strip');
  const text = $('.strip');
  const mine = strip && strip.id === data.value;
  canvas.hidden = !(mine && strip.n);
  canvas.style.display = canvas.hidden ? 'none' : '';
  if (mine && strip.n) {
    paintSheet(canvas, strip, room);
    canvas.setAttribute('aria-label', t('train.strip.aria', {n: strip.n}));
    canvas.dataset.data = strip.id;
    const called = (names) => some(names.map((name) => tgan.named(name, whose())));
    const n = strip.num_classes;
    const classes = strip.factors?.length
      ? t('train.strip.factors', {n, names: strip.factors.map(called).join(' · ')})
      : n
        ? t('train.strip.classes', {n, names: called(strip.classes)})
        : t('train.strip.plain');
    text.textContent =
      t(strip.painted ? 'train.strip.endless' : 'train.strip.count', {n: tgan.whole(strip.count)}) +
      ' ' +
      classes;
  } else text.textContent = mine ? t('train.strip.away') : '';
  const row = props.value?.data?.find((item) => item.id === data.value);
  const forget = $('#train-forget');
  forget.hidden = !row?.own;
  forget.textContent = t('train.delete');
}

function showCrop(room) {
  const {crop} = state;
  const box = $('#train-crop');
  box.hidden = !crop;
  if (!crop) return;
  const own = [tgan.modalityOf(crop)];
  const few = tgan.t('train.crop.few', {least: crop.least, n: crop.count}, own);
  const left = t('train.crop.left', {n: crop.left_out, why: crop.refused.join('; ')});
  const {frames} = crop;
  $('.count').textContent = tgan.t('train.crop.count', {n: tgan.whole(crop.count), frames}, own);
  $('.refused').textContent = (crop.enough ? '' : few + ' ') + (crop.left_out ? left : '');
  $('.told').hidden = !crop.told?.length;
  $('.told').textContent = crop.told?.join(' · ') ?? '';
  $('#train-keep').disabled = !crop.enough;
  $('#train-size').hidden = !crop.sizes;
  $('.frames').hidden = !crop.stills;
  $('.frames input').checked = frames > 1;
  $('.folders').hidden = !crop.folders;
  $('.folders input').checked = crop.by_folder;
  $('.folders span').textContent = t('train.crop.folders', {
    n: crop.folders?.length,
    names: some(crop.folders ?? []),
  });
  $('#train-split').hidden = !crop.splits;
  $('#train-side').value = crop.side;
  $('#train-colours').value = crop.channels;
  paintSheet($('#train-crops'), crop, room - 40);
  $('#train-crops').setAttribute('aria-label', t('train.crop.aria', {n: crop.n}));
}
