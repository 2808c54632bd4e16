// The top line: name, copy link, language, theme, presenter mode, help.
tgan.words(element);
const on = (id, act) => element.querySelector('#' + id).addEventListener('click', act);
on('copy-link', () => tgan.share());
on('lang', () => tgan.setLang(tgan.lang === 'zh' ? 'en' : 'zh'));
on('dark', () => tgan.toggleDark());
on('present', () => tgan.togglePresent());
on('help', () => tgan.help());
