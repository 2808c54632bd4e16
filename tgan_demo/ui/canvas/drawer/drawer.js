// On a phone, the handle of the drawer that holds the left column.
const handle = element.querySelector('button');
const what = element.querySelector('.what');
const say = () => {
  const state = tgan.state;
  what.textContent = state
    ? `${tgan.titleOf(state.model)} · ${tgan.t('seed')} ${state.seed} · ψ ${state.psi}`
    : tgan.t('drawer');
  handle.setAttribute('aria-label', state ? `${tgan.t('drawer')}: ${what.textContent}` : what.textContent);
};
handle.addEventListener('click', () => tgan.drawer());
document.addEventListener('tgan:drew', say);
tgan.onLang(say);
say();
