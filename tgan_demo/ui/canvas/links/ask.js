// Whether to become the visitor whose link was followed, where this browser has an id of its own.

// Gives a function that asks about an id. `mine` gives the link to this visitor.
export const bindAsk = (dialog, mine) => {
  const on = (name, act) => dialog.querySelector(name).addEventListener('click', act);
  let offered = null;
  on('.stay', () => dialog.close());
  on('.first', (event) => {
    tgan.copy(mine(), tgan.t('ask.copied'));
    event.target.textContent = tgan.t('ask.copied');
  });
  on('.go', () => {
    // a browser that keeps nothing takes it from the address again
    if (!tgan.keep('me', offered)) history.replaceState(null, '', '#me=' + offered);
    location.reload();
  });
  return (id) => {
    offered = id;
    tgan.words(dialog);
    dialog.showModal();
    dialog.querySelector('.stay').focus();
  };
};
