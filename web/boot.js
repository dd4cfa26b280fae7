// Starts the portal. The names with hashes come from the preload links, so nothing in the page is inline and the CSP stays strict.
const theme = (() => { try { return localStorage.getItem('theme'); } catch { return null; } })();
if (theme) document.documentElement.dataset.theme = theme;
const js = document.querySelector('link[rel=modulepreload]:not([href*="/snippets/"])').href;
const wasm = document.querySelector('link[rel=preload][type="application/wasm"]').href;
try {
  const { default: init } = await import(js);
  await init({ module_or_path: wasm });
} catch (error) {
  console.error(error);
  document.getElementById('boot-failed').hidden = false;
}
