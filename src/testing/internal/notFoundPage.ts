/**
 * What the web app answers to a path that it does not know: a page for people, not the API's JSON. The page is what a
 * genuine server sent, byte for byte, so that a client can be tested against it.
 */
export const notFoundHeaders = {
  "cache-control": "no-cache",
  "content-security-policy":
    "img-src 'self' data: blob: https://avatars.githubusercontent.com https://lh3.googleusercontent.com " +
    "https://www.google.com/s2/favicons https://t0.gstatic.com/faviconV2 https://t1.gstatic.com/faviconV2 " +
    "https://t2.gstatic.com/faviconV2 https://t3.gstatic.com/faviconV2 https://trigger.dev/changelog/",
  "content-type": "text/html; charset=utf-8",
  "permissions-policy": "geolocation=(), microphone=(), camera=(), accelerometer=(), gyroscope=(), magnetometer=(), " +
    "payment=(), usb=()",
  "referrer-policy": "strict-origin-when-cross-origin",
  "x-content-type-options": "nosniff"
}

const before = String
  .raw`<!DOCTYPE html><html lang="en" class="h-full" data-theme="dark"><head><meta charSet="utf-8"/><script>(function staleAssetRecoveryScript() {
  var KEY = "trigger:assetReload";
  var MAX_RELOADS = 2;
  var WINDOW_MS = 3e5;
  var recovering = false;
  function budgetAllows() {
    try {
      var raw = sessionStorage.getItem(KEY);
      var state2 = raw ? JSON.parse(raw) : { n: 0, t: 0 };
      if (Date.now() - state2.t > WINDOW_MS) state2 = { n: 0, t: 0 };
      if (state2.n >= MAX_RELOADS) return false;
      sessionStorage.setItem(KEY, JSON.stringify({ n: state2.n + 1, t: Date.now() }));
      return true;
    } catch {
      return false;
    }
  }
  function recover() {
    if (recovering) return;
    recovering = true;
    if (navigator.onLine === false) return;
    if (budgetAllows()) location.reload();
  }
  window.addEventListener(
    "error",
    function(event) {
      var el = event.target;
      if (!el || typeof el.tagName !== "string") return;
      var url2 = el.tagName === "LINK" ? el.href : el.tagName === "SCRIPT" ? el.src : null;
      if (url2 && new URL(url2, location.href).pathname.indexOf("/assets/") !== -1) recover();
    },
    true
  );
  window.addEventListener("unhandledrejection", function(event) {
    var message = event.reason && event.reason.message || "";
    if (/dynamically imported module|Importing a module script failed|ChunkLoadError/i.test(message)) {
      recover();
    }
  });
  return { recover };
})()</script><title>Trigger.dev</title><meta name="viewport" content="width=1024, initial-scale=1"/><meta name="robots" content="noindex, nofollow"/><link rel="stylesheet" href="/assets/root-BguY25EG.css"/><link rel="stylesheet" href="/assets/tailwind-DUJmz8ki.css"/></head><body class="h-full overflow-hidden bg-background-dimmed antialiased"><div class="grid h-full w-full grid-rows-1 overflow-hidden"><div class="h-full w-full overflow-y-auto scrollbar-thin scrollbar-track-transparent scrollbar-thumb-surface-control"><div class="mx-auto max-w-xs p-1 mt-6 md:mt-[22vh]"><div class="fixed inset-0 z-50 flex flex-col items-center justify-center overflow-y-auto bg-[#16181C]"><div class="z-10 mt-[30vh] flex shrink-0 flex-col items-center gap-8"><h1 class="font-sans text-2xl leading-5 md:leading-6 lg:leading-7 font-semibold tracking-tight text-text-bright light:text-charcoal-200">404: Page not found</h1><p class="font-sans text-base font-medium text-text-dimmed light:text-charcoal-400">Not Found</p><a class="group/button block focus-custom w-fit" data-discover="true" href="/"><div class="flex w-fit cursor-pointer font-normal text-center font-sans justify-center items-center shrink-0 transition duration-150 rounded-[3px] select-none group-focus/button:outline-hidden focus-custom h-8 px-3 text-sm bg-accent-fill border border-lavender-500 group-hover/button:bg-lavender-500 group-hover/button:border-lavender-400 group-disabled/button:opacity-50 group-disabled/button:bg-accent-fill group-disabled/button:border-lavender-500 group-disabled/button:pointer-events-none"><div class="relative flex w-full items-center"><div class="justify-center flex w-full items-center text-white transition group-disabled/button:text-white/60 gap-x-2.5"><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 20" fill="currentColor" aria-hidden="true" class="h-4 -mx-1 text-white shrink-0 justify-start"><path fill-rule="evenodd" d="M9.293 2.293a1 1 0 011.414 0l7 7A1 1 0 0117 11h-1v6a1 1 0 01-1 1h-2a1 1 0 01-1-1v-3a1 1 0 00-1-1H9a1 1 0 00-1 1v3a1 1 0 01-1 1H5a1 1 0 01-1-1v-6H3a1 1 0 01-.707-1.707l7-7z" clip-rule="evenodd"></path></svg><span class="mx-auto grow self-center truncate">Go to homepage</span><span class="justify-center min-w-5 min-h-5 text-[0.65rem] font-mono font-medium tabular-nums px-1 flex items-center gap-x-1.5 border group-hover:text-text-bright/80 transition uppercase group-hover:border-border-brighter -ml-0.5 -mr-1.5 rounded justify-self-center border-white/40 text-white group-hover/button:border-white/60 group-hover/button:text-white"><span><span class="capitalize">Enter</span></span></span></div></div></div></a></div></div></div></div></div><link rel="modulepreload" href="/assets/manifest-88d42982.js"/><link rel="modulepreload" href="/assets/entry.client-B06BwnZB.js"/><link rel="modulepreload" href="/assets/jsx-runtime-CLvLw96u.js"/><link rel="modulepreload" href="/assets/components-C99sezdi.js"/><link rel="modulepreload" href="/assets/LocaleProvider-Dcu4F-ZC.js"/><link rel="modulepreload" href="/assets/OperatingSystemProvider-Cpv-0Hbi.js"/><link rel="modulepreload" href="/assets/index-01tRxf_b.js"/><link rel="modulepreload" href="/assets/use-hydrated-CrcdCGtL.js"/><link rel="modulepreload" href="/assets/ErrorDisplay-BqOXbUx1.js"/><link rel="modulepreload" href="/assets/useOrganizations-D70-ndGd.js"/><link rel="modulepreload" href="/assets/useUser-Ci08O_vc.js"/><link rel="modulepreload" href="/assets/pathBuilder-HxR6Dm_g.js"/><link rel="modulepreload" href="/assets/AppLayout-D-1MoXCc.js"/><link rel="modulepreload" href="/assets/Tooltip-DJG885Cw.js"/><link rel="modulepreload" href="/assets/Toast-8gsTFiRJ.js"/><link rel="modulepreload" href="/assets/remix-CJxo48rb.js"/><link rel="modulepreload" href="/assets/usePostHog-DD89PiPK.js"/><link rel="modulepreload" href="/assets/useSystemThemeSync-DjxGuD3N.js"/><link rel="modulepreload" href="/assets/pageTitle-uAHUll2F.js"/><link rel="modulepreload" href="/assets/Buttons-fnPMXQBi.js"/><link rel="modulepreload" href="/assets/cn-Eu2LN976.js"/><link rel="modulepreload" href="/assets/Headers-ofaDjqbl.js"/><link rel="modulepreload" href="/assets/Paragraph-BmpBIHwp.js"/><link rel="modulepreload" href="/assets/NoSymbolIcon-CF8GEOv4.js"/><link rel="modulepreload" href="/assets/InfoPanel-em1VF0C8.js"/><link rel="modulepreload" href="/assets/motion--06P_qZ0.js"/><link rel="modulepreload" href="/assets/SVGVisualElement-BBIGqRQo.js"/><link rel="modulepreload" href="/assets/tiny-invariant-CopsF_GD.js"/><link rel="modulepreload" href="/assets/useTypedMatchData-DmYVGGw4.js"/><link rel="modulepreload" href="/assets/EnvelopeIcon-CTdUmkzu.js"/><link rel="modulepreload" href="/assets/ExclamationCircleIcon-BAC1G8We.js"/><link rel="modulepreload" href="/assets/XMarkIcon-BUt0jYob.js"/><link rel="modulepreload" href="/assets/CheckCircleIcon-pMHlo2hL.js"/><link rel="modulepreload" href="/assets/useProject-DvBRp486.js"/><link rel="modulepreload" href="/assets/root-BTEK5o7d.js"/><script>window.__remixContext = {"basename":"/","future":{"v3_fetcherPersist":false,"v3_relativeSplatPath":false,"v3_throwAbortReason":false,"v3_routeConfig":false,"v3_singleFetch":false,"v3_lazyRouteDiscovery":false,"unstable_optimizeDeps":false},"isSpaMode":false,"state":{"loaderData":{},"actionData":null,"errors":{"root":{"status":404,"statusText":"Not Found","internal":true,"data":"Error: No route matches URL \"`

const after = String
  .raw`\"","error":{},"__type":"RouteErrorResponse"}}}};</script><script type="module" async="">import "/assets/manifest-88d42982.js";
import * as route0 from "/assets/root-BTEK5o7d.js";

window.__remixRouteModules = {"root":route0};

import("/assets/entry.client-B06BwnZB.js");</script></body></html>,`

/** `path` is percent-encoded, so nothing but `&` could break out of the script that it stands in. */
export const notFoundPage = (path: string): string =>
  before + JSON.stringify(path).slice(1, -1).replaceAll("&", "\\u0026") + after
