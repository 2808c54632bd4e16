// What every canvas shares, as window.tgan: here what this browser keeps, and the link.
// The files of this folder run once, in the page's head, before any component. They touch none by themselves.
const settings = window.tganSettings || {words: {}, present: false, tabs: []};
window.tgan = {settings};

// -- kept in this browser; private windows may refuse, then it simply is not kept ---------
tgan.keep = (key, value) => {
  try {
    localStorage.setItem('tgan.' + key, JSON.stringify(value));
  } catch {
    /* not kept */
  }
};
tgan.kept = (key, otherwise = null) => {
  try {
    return JSON.parse(localStorage.getItem('tgan.' + key)) ?? otherwise;
  } catch {
    return otherwise;
  }
};

// -- the link -----------------------------------------------------------------------------
tgan.opened = location.search; // as the page was opened, before anything rewrites it
const query = () => new URLSearchParams(location.search);
tgan.param = (key) => query().get(key);
// null removes a parameter
tgan.link = (changes) => {
  const params = query();
  for (const [key, value] of Object.entries(changes)) {
    if (value === null || value === undefined || value === '') params.delete(key);
    else params.set(key, value);
  }
  const text = params.toString();
  history.replaceState(null, '', location.pathname + (text ? '?' + text : ''));
};
