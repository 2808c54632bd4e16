// The top line: name, copy link, language, theme, presenter mode, help.
tgan.words(element);
const on = (id, act) => element.querySelector('#' + id).addEventListener('click', act);
on('copy-link', () => tgan.share());
on('lang', () => tgan.setLang(tgan.lang === 'zh' ? 'en' : 'zh'));
on('dark', () => tgan.toggleDark());
on('present', () => tgan.togglePresent());
on('help', () => tgan.help());
// Not by the address, whose hash is nobody's: the tab that is open takes the focus.
element.querySelector('.skip').addEventListener('click', (event) => {
  event.preventDefault();
  const main = document.getElementById('main');
  main.tabIndex = -1;
  main.focus();
  main.scrollIntoView();
});
