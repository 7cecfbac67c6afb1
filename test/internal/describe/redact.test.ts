import { assert, describe, it } from "@effect/vitest"
import { makePreview, redact } from "../../../src/internal/describe/redact.js"

const token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJlbnZfMSIsInB1YiI6dHJ1ZX0.c2lnbmF0dXJl-_x"

describe("redact", () => {
  const rows: ReadonlyArray<readonly [text: string, clean: string]> = [
    ["nothing to hide", "nothing to hide"],
    ["Authorization: Bearer abc.def", "Authorization: Bearer <redacted>"],
    ["bearer   aBc, and more", "bearer <redacted>, and more"],
    ["Bearer abcdefghijklmnop", "Bearer <redacted>"],
    ["Basic authentication is required", "Basic authentication is required"],
    ["Missing bearer token. Bearer token", "Missing bearer token. Bearer token"],
    ["unique constraint \"pk_user_accounts\"", "unique constraint \"pk_user_accounts\""],
    ["column tr_total_amount", "column tr_total_amount"],
    ["com.acme.PublicKeyJwtFilter failed", "com.acme.PublicKeyJwtFilter failed"],
    ["\\neyJhbGciOiJIUzI1NiJ9", "\\n<redacted>"],
    ["{\"Authorization\":\"Basic dXNlcg==\"}", "{\"Authorization\":\"Basic <redacted>\"}"],
    ["key tr_dev_abc-DEF_1 was refused", "key <redacted> was refused"],
    ["tr_prod_1 tr_stg_2 tr_preview_3 pk_dev_4 tr_pat_5", "<redacted> <redacted> <redacted> <redacted> <redacted>"],
    ["tr_prod_sk_1a-B tr_stg_sk_2 tr_oat_3 tr_future_4", "<redacted> <redacted> <redacted> <redacted>"],
    [
      "batch_tr_dev_1 run_tr_prod_sk_2 apk_prod_3 my_tr_new_4",
      "batch_<redacted> run_<redacted> a<redacted> my_<redacted>"
    ],
    ["str_replace_all is a word", "str_replace_all is a word"],
    [`a token ${token} in a text`, "a token <redacted> in a text"],
    [`{"token":"${token}"}`, "{\"token\":\"<redacted>\"}"],
    ["cut off: eyJhbGciOiJIUzI1NiJ9.eyJzdWI", "cut off: <redacted>"],
    ["cut off: eyJhbGciOiJIUz", "cut off: <redacted>"],
    ["eyJ and eyebrow.example.com are words", "eyJ and eyebrow.example.com are words"],
    ["tr_development is a word", "tr_development is a word"],
    ["at https://store.test/a/b?X-Amz-Signature=abc&x=1 now", "at https://store.test/a/b?<redacted> now"],
    ["http://a.test/?q \"https://b.test/?r\"", "http://a.test/?<redacted> \"https://b.test/?<redacted>\""],
    ["s3.test/o?X-Amz-Signature=abc&X-Amz-Expires=1", "s3.test/o?X-Amz-Signature=<redacted>&X-Amz-Expires=<redacted>"],
    ["https:\\/\\/s3.test\\/o?x=1&sig=abc", "https:\\/\\/s3.test\\/o?x=1&sig=<redacted>"],
    ["https%3A%2F%2Fs3.test%2Fo%3FX-Amz-Signature%3Dabc", "https%3A%2F%2Fs3.test%2Fo%3FX-Amz-Signature%3D<redacted>"],
    ["https://user:pass@store.test/a", "https://<redacted>@store.test/a"],
    ["http://user:pass@proxy.test:80", "http://<redacted>@proxy.test:80"],
    ["write to me@store.test", "write to me@store.test"],
    ["is it so? yes", "is it so? yes"]
  ]
  for (const [text, clean] of rows) {
    it(text, () => {
      assert.strictEqual(redact(text), clean)
    })
  }

  it("replaces a given secret everywhere", () => {
    assert.strictEqual(redact("xx-s3cret-s3cret", ["s3cret"]), "xx-<redacted>-<redacted>")
  })

  const secret = "a/b+c&\"d\\=1"
  const spellings: ReadonlyArray<readonly [name: string, spelling: string]> = [
    ["as it is", secret],
    ["in upper case", secret.toUpperCase()],
    ["in a URL", encodeURIComponent(secret)],
    ["in JSON", JSON.stringify(secret).slice(1, -1)],
    ["in HTML", "a/b+c&amp;&quot;d\\=1"],
    ["in base64", Buffer.from(secret).toString("base64").slice(0, -4)]
  ]
  for (const [name, spelling] of spellings) {
    it(`replaces a given secret ${name}`, () => {
      assert.strictEqual(redact(`<p>${spelling}</p>`, ["", secret]), "<p><redacted></p>")
    })
  }

  it("replaces a whole query string, even if parts of the URL were replaced before", () => {
    const text = "at https://store.test/a?x=1&y=s3cret&z=tr_dev_1&w=1 now"
    assert.strictEqual(redact(text, ["s3cret"]), "at https://store.test/a?<redacted> now")
    assert.strictEqual(
      redact("at https://store.test/a?s3cret now", ["s3cret"]),
      "at https://store.test/a?<redacted> now"
    )
    assert.strictEqual(redact("at https://proxy.test/tr_dev_1/a?x=1"), "at https://proxy.test/<redacted>/a?<redacted>")
  })
})

describe("a preview", () => {
  const preview = (text: string) => makePreview(["s3cret", ""])(text)

  it("is one line", () => {
    assert.strictEqual(preview("  a\r\n\tb\u0000c\u007f\u2028d  "), "a bc d")
  })

  it("replaces a secret in a page of UTF-16", () => {
    assert.strictEqual(preview(Array.from("<p>s3cret", (character) => `${character}\0`).join("")), "<p><redacted>")
  })

  it("has at most 200 characters", () => {
    assert.strictEqual(preview("x".repeat(200)), "x".repeat(200))
    assert.strictEqual(preview("x".repeat(201)), `${"x".repeat(199)}…`)
  })

  it("replaces a secret at the place where it is cut", () => {
    assert.strictEqual(preview(`${"x".repeat(197)}s3cret`), `${"x".repeat(197)}<r…`)
  })

  it("contains no half of a secret after many long ones were replaced", () => {
    const secret = "0123456789".repeat(200)
    const preview = makePreview(["short", secret])
    assert.strictEqual(preview(`1 ${secret} 2 ${secret} 3 ${secret}`), "")
    assert.strictEqual(preview(`1 ${secret} 2 ${secret} 3`), "1 <redacted> 2 <redacted> 3")
    const all = secret + secret + "x".repeat(96)
    assert.strictEqual(preview(all), `<redacted><redacted>${"x".repeat(96)}`)
    const shorter = secret.slice(0, 1000)
    assert.strictEqual(
      makePreview([shorter])(`1 ${shorter} ${"x".repeat(4000)}`),
      `1 <redacted> ${"x".repeat(186)}…`
    )
  })

  it("of white space only is empty, however long", () => {
    assert.strictEqual(preview(`${" ".repeat(5000)}s3cret`), "")
  })
})
