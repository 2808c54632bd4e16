// Plays and holds the clips of the page (tgan.clock), and scrubs through their frames.
// value = {frames}: how many; fixed.of "hero": as many as the big grid's clips have. Hidden without clips.
const bar = element.querySelector('.bar');
const button = element.querySelector('button');
const range = element.querySelector('input');
const at = element.querySelector('output');
const frames = () => (fixed.of === 'hero' ? tgan.hero?.()?.frames : props.value?.frames) ?? 0;
bar.classList.toggle('wide', fixed.of !== 'hero');

function draw() {
  const total = frames();
  bar.hidden = total < 2;
  if (bar.hidden) return;
  const now = tgan.clock.frame(total);
  bar.classList.toggle('playing', tgan.clock.playing);
  button.setAttribute('aria-pressed', tgan.clock.playing);
  range.max = total - 1;
  range.value = now;
  range.setAttribute('aria-valuetext', tgan.t('clock.at', {i: now + 1, n: total}));
  at.textContent = `${now + 1} / ${total}`;
}

button.addEventListener('click', tgan.clock.toggle);
range.addEventListener('input', () => tgan.clock.hold(Number(range.value)));
const words = () => {
  tgan.words(element);
  draw();
};
words();
watch('value', draw);
tgan.onLang(words);
document.addEventListener('tgan:drew', draw);
tgan.clock.listen(draw, bar);
