// On a phone, the handle of the drawer that holds the left column.
const what = element.querySelector('.what');
const say = () => {
  const state = tgan.state;
  what.textContent = state
    ? `${tgan.titleOf(state.model)} · ${tgan.t('seed')} ${state.seed} · ψ ${state.psi}`
    : tgan.t('drawer');
};
element.querySelector('button').addEventListener('click', () => tgan.drawer());
element.querySelector('button').setAttribute('aria-label', tgan.t('drawer'));
document.addEventListener('tgan:drew', say);
tgan.onLang(say);
say();
