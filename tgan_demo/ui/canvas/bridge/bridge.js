// Carries out what Python cannot: value = {do: "download" | "copy" | "boot" | "say", nonce, ...}.
watch('value', () => {
  const order = props.value;
  if (!order) return;
  if (order.do === 'download') {
    tgan.download(order.name, order.mime, order.data);
    tgan.toast(tgan.t('downloaded', order));
  } else if (order.do === 'copy') tgan.copy(order.text, order.say);
  else if (order.do === 'boot') tgan.booted(order);
  else if (order.do === 'say') tgan.toast(order.text);
});
