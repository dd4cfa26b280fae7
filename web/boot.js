// Starts the portal. The names with hashes come from the preload links, so nothing in the page is inline and the CSP stays strict.
const theme = (() => { try { return localStorage.getItem('theme'); } catch { return null; } })();
if (theme) document.documentElement.dataset.theme = theme;
const js = document.querySelector('link[rel=modulepreload]:not([href*="/snippets/"])').href;
const wasm = document.querySelector('link[rel=preload][type="application/wasm"]').href;
// What the page of this address waits for comes beside the code that shows it, and not one after the other.
const { pathname } = location;
for (const link of document.querySelectorAll('link[rel=later]')) {
  if (new RegExp(link.dataset.pages).test(pathname)) link.rel = 'preload';
}
const [, event] = /^\/events\/([0-9A-HJKMNP-TV-Z]{26})(\/[a-z]+)?$/.exec(pathname) ?? [];
if (event) document.head.append(Object.assign(document.createElement('link'), { rel: 'preload', as: 'fetch', crossOrigin: '', href: `/api/v1/deliveries/${event}` }));
// The first of these takes the browser 20 ms and the others none: better now, while the code is on its way, than before the first row.
setTimeout(() => new Intl.DateTimeFormat());
const copy = document.getElementById('copy-details');
copy.onclick = async () => {
  try {
    await navigator.clipboard.writeText(copy.value);
    copy.firstChild.data = 'Copied / ';
    copy.lastChild.textContent = 'Copiado';
  } catch {
    // Browsers have no clipboard for pages that are not served securely.
    const details = document.getElementById('details');
    Object.assign(details, { textContent: copy.value, hidden: false });
    details.focus();
  }
};
try {
  const { default: init } = await import(js);
  await init({ module_or_path: wasm });
} catch (error) {
  console.error(error);
  document.getElementById('starting')?.remove();
  document.getElementById('boot-failed').hidden = false;
}
