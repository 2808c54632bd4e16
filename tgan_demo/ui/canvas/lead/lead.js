// The sentence above the Sound and Motion tabs, and where to go from a model that is not for them.
// value = {kind: "none" or one of the tab's pages, title, models: [{id, title, data}], ...}; fixed.words: the tab.
const models = element.querySelector('.models');

function button(text, note, act) {
  const made = document.createElement('button');
  const small = document.createElement('small');
  made.type = 'button';
  made.textContent = text;
  small.textContent = note;
  if (note) made.append(small);
  made.addEventListener('click', act);
  return made;
}

function build() {
  const value = props.value ?? {};
  const none = value.kind === 'none' && !value.models.length;
  element.dataset.kind = value.kind ?? '';
  const key = none
    ? fixed.words + '.nowhere'
    : value.kind === 'none'
      ? fixed.words + '.none'
      : fixed.words + '.lead.' + value.kind;
  element.querySelector('.lead').textContent = value.kind
    ? tgan.t(key, {...value, title: tgan.named(value.title)})
    : '';
  const choices =
    value.kind !== 'none'
      ? []
      : value.models.map(({id, title, data}) =>
          button(tgan.named(title), tgan.named(data), () => {
            tgan.choose(id);
          }),
        );
  models.replaceChildren(
    ...(none ? [button(tgan.t(fixed.words + '.train'), '', () => tgan.openTab('train'))] : choices),
  );
}

build();
watch('value', build);
tgan.onLang(build);
