// Words of the page in two languages: tgan.t, tgan.words, and who hears of another language.
const {settings} = tgan;
const asked = tgan.param('lang') || tgan.kept('lang');
tgan.lang = asked === 'zh' || asked === 'en' ? asked : 'en';
const langListeners = new Set();
// `variants`: names under which a value may have its own words, as key.variant (its modality's name, what
// its tokens are); the first that has them wins. {name} is the value of that name, else the modality's noun.
const word = (key, variants) => {
  const own = variants.map((variant) => settings.words[key + '.' + variant]).find(Boolean);
  return (own || settings.words[key])?.[tgan.lang === 'zh' ? 1 : 0];
};
tgan.t = (key, values = {}, variants = []) =>
  word(key, variants)?.replace(
    /\{(\w+)\}/g,
    (all, name) => values[name] ?? word('noun.' + name, variants) ?? all,
  ) ?? key;
// a title, a class (also one of several factors) or a name of data; as it is where there is no word for it
tgan.named = (name, variants = []) =>
  word('name.' + name, variants) ??
  (name ?? '')
    .split(' / ')
    .map((part) => word('name.' + part, variants) ?? part)
    .join(' / ');
// where an own model came from, and its title, which says so if another of the rows is called the same
tgan.originOf = (row) => (row.origin ? tgan.t('model.' + row.origin) : '');
tgan.ownTitle = (row, rows) => {
  const isTwice = rows.some((other) => other.own && other.id !== row.id && other.title === row.title);
  return isTwice && row.origin ? `${row.title} · ${tgan.originOf(row)}` : row.title;
};
tgan.modalityOf = (row) => row?.modality ?? row?.medium ?? '';
// the words of the run that the Train tab shows
tgan.whoseRun = () => [...(tgan.run?.attention?.words ? ['codes'] : []), tgan.modalityOf(tgan.run)];
tgan.ofRun = (key, values) => tgan.t(key, values, tgan.whoseRun());
// what Python said of a run, as parts of said.py: [[key, values], ...], where a value may be such a list
tgan.spoken = (parts, variants) =>
  parts
    .map(([key, values]) => {
      const entries = Object.entries(values).map(([name, value]) => [
        name,
        Array.isArray(value) ? tgan.spoken(value, variants) : value,
      ]);
      return key ? tgan.t('said.' + key, Object.fromEntries(entries), variants) : values.text;
    })
    .join(tgan.lang === 'zh' ? '' : ' ');
const PLACES = {t: null, tTitle: 'title', tAria: 'aria-label', tPlaceholder: 'placeholder'};
// fills data-t, data-t-title, data-t-aria, data-t-placeholder; data-term too (terms.js)
tgan.words = (root, variants = []) => {
  for (const [field, attribute] of Object.entries(PLACES)) {
    const selector = '[data-' + field.replace(/[A-Z]/g, (c) => '-' + c.toLowerCase()) + ']';
    root.querySelectorAll(selector).forEach((node) => {
      const text = tgan.t(node.dataset[field], {}, variants);
      if (attribute) node.setAttribute(attribute, text);
      else node.textContent = text;
    });
  }
  tgan.terms(root);
};
tgan.onLang = (listener) => langListeners.add(listener);
tgan.setLang = (lang) => {
  tgan.lang = lang === 'zh' ? 'zh' : 'en';
  tgan.keep('lang', tgan.lang);
  tgan.link({lang: tgan.lang});
  document.documentElement.lang = tgan.lang === 'zh' ? 'zh-CN' : 'en';
  tgan.words(document);
  langListeners.forEach((listener) => listener(tgan.lang));
  tgan.set('lang-id', tgan.lang);
};
