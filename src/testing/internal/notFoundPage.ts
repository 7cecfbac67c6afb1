/**
 * What the web app answers to a path that it does not know: a page for people, not the API's JSON. The headers and the
 * start of the page, of which a client shows 200 characters, are what a genuine server sent.
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

export const notFoundPage =
  `<!DOCTYPE html><html lang="en" class="h-full" data-theme="dark"><head><meta charSet="utf-8"/><script>(function staleAssetRecoveryScript() {
  var KEY = "trigger:assetReload";
  var MAX_RELOADS = 2;
  var WINDOW_MS = 3e5;
})()</script><title>Trigger.dev</title></head><body></body></html>`
