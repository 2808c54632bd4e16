// What every canvas shares, as window.tgan: here what this browser keeps, and the link.
// The files of this folder run once, in the page's head, before any component. They touch none by themselves.
const settings = window.tganSettings || {words: {}, present: false, tabs: []};
window.tgan = {settings};

// -- the visitor's id: whoever has it is that visitor --------------------------------------
// A link carries it behind #, which no server is sent (older links: in the query). It leaves the address
// here, before anything else of the page can read or copy it; null: the link has none.
tgan.offered = (() => {
  const params = new URLSearchParams(location.search);
  const id = new URLSearchParams(location.hash.slice(1)).get('me') ?? params.get('me');
  if (id === null) return null;
  params.delete('me');
  const text = params.toString();
  history.replaceState(null, '', location.pathname + (text ? '?' + text : ''));
  // a Space's page has it in its own address, which only that page can change
  if (settings.base && parent !== window)
    parent.postMessage({queryString: text, hash: ''}, new URL(settings.base).origin);
  return id;
})();
tgan.me = null; // who this page is, once the server has said so
// such a link, followed where the page is open already: open it anew
window.addEventListener('hashchange', () => {
  if (/[#&]me=/.test(location.hash)) location.reload();
});

// -- kept in this browser; private windows and frames may refuse, then it simply is not kept ----
tgan.keep = (key, value) => {
  try {
    localStorage.setItem('tgan.' + key, JSON.stringify(value));
    return true;
  } catch {
    return false;
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
tgan.showing = tgan.param('show'); // the token of a link to show: this page shows what it opens, and no more
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
