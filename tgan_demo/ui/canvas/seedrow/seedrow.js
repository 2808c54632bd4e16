// Beside the seed: random, the seed before, lock, undo.
tgan.words(element);
const on = (id, act) => element.querySelector('#' + id).addEventListener('click', act);
on('dice', () => tgan.dice());
on('reuse', () => tgan.reuse());
on('undo', () => tgan.undo());
on('lock', (event) => {
  tgan.locked = !tgan.locked;
  event.currentTarget.setAttribute('aria-pressed', tgan.locked);
  tgan.toast(tgan.t(tgan.locked ? 'lock.on' : 'lock.off'));
});
// A past or favourite state goes through Python, which checks it and sets every control.
document.addEventListener('tgan:restore', (event) => trigger('restore', event.detail));
