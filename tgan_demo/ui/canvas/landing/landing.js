// What a first visit sees beside the grid: something that moves, four things to try and the tour. Gone for
// good once it was closed or one was tried. value: a sheet that plays, as widgets.sheet_value, or null.
const box = element.querySelector('section');
const canvas = element.querySelector('canvas');
const GAP = 4;
let image = null;

const isFirst = () => !tgan.kept('landed') && !tgan.kept('me') && !tgan.presents();
const show = (on) => {
  box.hidden = !on;
  if (on) draw();
};
const close = () => {
  tgan.keep('landed', true);
  show(false);
};

function draw() {
  const value = props.value;
  canvas.hidden = !image;
  if (!image || box.hidden) return;
  const cols = Math.ceil(value.n / 2);
  const w = tgan.wholeSize(value.w, (element.clientWidth - 30 - GAP * (cols - 1)) / cols);
  const h = (w * value.h) / value.w;
  const context = tgan.crisp(canvas, cols * (w + GAP) - GAP, 2 * (h + GAP) - GAP);
  tgan.smooth(context, image);
  for (let i = 0; i < value.n; i++)
    tgan.put(context, image, value, i, (i % cols) * (w + GAP), Math.floor(i / cols) * (h + GAP), w, h);
}

const acts = {dice: () => tgan.dice(), tour: () => tgan.tour()};
for (const button of element.querySelectorAll('[data-do]'))
  button.addEventListener('click', () => {
    close();
    const name = button.dataset.do;
    if (acts[name]) acts[name]();
    else tgan.openTab(name);
  });
element.querySelector('.close').addEventListener('click', close);
if (props.value?.src)
  tgan.picture(props.value.src).then((loaded) => {
    image = loaded;
    draw();
  });
tgan.words(element);
show(isFirst());
tgan.onLook(draw);
tgan.clock.listen(draw, element);
