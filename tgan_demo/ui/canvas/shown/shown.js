// What stands above a sheet that a link shows: whose model it is not, and the way to the whole studio.
// value = {title, say: [English, 中文]}, or null where the link shows nothing.
const box = element.querySelector('section');

function draw() {
  const value = props.value;
  box.hidden = !tgan.showing;
  element.querySelector('h2').textContent = value?.title ?? tgan.t('shown.nothing');
  element.querySelector('.say').textContent = value?.say?.[tgan.lang === 'zh' ? 1 : 0] ?? '';
  element.querySelector('.note').hidden = !value?.title;
  tgan.words(element);
}

element.querySelector('button').addEventListener('click', () => {
  tgan.link({show: null});
  location.reload();
});
draw();
watch('value', draw);
tgan.onLang(draw);
