/**
 * A certificate for 127.0.0.1 that signs itself, and its key: they guard nothing but a server of these tests. Made by
 * `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 -subj /CN=millrace
 * -addext subjectAltName=IP:127.0.0.1`.
 */
export const TLS: { readonly key: string; readonly cert: string } = {
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgzkeEYqImPFIsWRJ/
aFb8UWVqiFbf4Sm64k4iRN/MzRehRANCAATKyjhOfmJsUUaU4kbhn2cTISv7IIrg
m5FGba9CzAUbma1T7SulfdJbD2ZmVYRHppeuBV2fTGoNYz/4jt6kharg
-----END PRIVATE KEY-----
`,
  cert: `-----BEGIN CERTIFICATE-----
MIIBjzCCATSgAwIBAgIUGaXf/gQ+DxboKzU0l12BE+DhCnwwCgYIKoZIzj0EAwIw
EzERMA8GA1UEAwwIbWlsbHJhY2UwIBcNMjYxMTIwMjI1MzI0WhgPMjEyNjEwMjcy
MjUzMjRaMBMxETAPBgNVBAMMCG1pbGxyYWNlMFkwEwYHKoZIzj0CAQYIKoZIzj0D
AQcDQgAEyso4Tn5ibFFGlOJG4Z9nEyEr+yCK4JuRRm2vQswFG5mtU+0rpX3SWw9m
ZlWER6aXrgVdn0xqDWM/+I7epIWq4KNkMGIwHQYDVR0OBBYEFIXx2h2TfnrYRsL4
cF0XkKYNsUVbMB8GA1UdIwQYMBaAFIXx2h2TfnrYRsL4cF0XkKYNsUVbMA8GA1Ud
EwEB/wQFMAMBAf8wDwYDVR0RBAgwBocEfwAAATAKBggqhkjOPQQDAgNJADBGAiEA
wIRhJQo8awxKzozRLrBhIpdC5kTI5g9mRo3zgG8h0joCIQD1/lvjkrvrbUUUPLoB
IQ+n1x+vi5xenJwNmNiFMjbLmw==
-----END CERTIFICATE-----
`,
};
