import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import t from 'tap';
import { explainRedirectUrl } from '../../src/rules/redirect-urls.ts';

interface Examples {
  accepted: string[];
  rejected: { url: string; why: string }[];
}
const examples = JSON.parse(
  readFileSync(new URL('../examples/redirect-urls.json', import.meta.url), 'utf8'),
) as Examples;

void t.test('every example that is to be accepted is', async (t) => {
  for (const url of examples.accepted) t.equal(explainRedirectUrl(url), undefined, url);
});

void t.test('every example that is to be refused is, with a reason', async (t) => {
  for (const { url, why } of examples.rejected) t.match(explainRedirectUrl(url), /^must /, `${url}: ${why}`);
});

void t.test('what RFC 3986 allows beyond the usual is accepted', async (t) => {
  const urls = [
    `https://acme.example/${'a'.repeat(2027)}`,
    'HTTPS://Acme.Example/Callback',
    'https://acme.example:/',
    'https://acme.example:0/',
    'https://acme.example:65535/',
    'https://acme.example./',
    'https://my_host-1.acme.example/',
    `https://${'a'.repeat(63)}.example/`,
    'https://localhost/',
    'https://192.0.2.7/',
    'https://[2001:db8::1]:8443/cb',
    'https://[::ffff:192.0.2.7]/',
    'https://acme.example?x=1',
    'https://acme.example/a//b/',
    "https://acme.example/a;b=c,d/:@!$&'()+=~-._",
    'https://acme.example/%C3%BC?next=/../%2e%2e/&at=user@host:80/?',
    'https://acme.example/..a/.../a..',
    'http://localhost',
    'http://127.0.0.1?x',
    'http://[::1]',
    'HTTP://localhost/',
    'myapp:/',
    'myapp:///done',
    'myapp://host:80/done?x=1',
    'myapp://a_b~c/done',
    'myapp://[2001:db8::1]/done',
    'a+b-c.1:/x',
    'x-javascript:/x',
  ];
  for (const url of urls) t.equal(explainRedirectUrl(url), undefined, url);
});

void t.test('each rule refuses in its own words', async (t) => {
  const urls: [RegExp, string[]][] = [
    [/2048 characters/, [`https://acme.example/${'a'.repeat(2028)}`, 'x'.repeat(10_000_000)]],
    [/empty/, ['']],
    [
      /absolute/,
      ['callback', './callback', '?x=1', '//acme.example', ':', '://x', '1app:/x', '-app:/x', 'my_app:/x', '@:/'],
    ],
    [
      /host after/,
      ['https://', 'http://', 'https:///acme.example', 'https://:443/', 'https://?x', 'http:///localhost'],
    ],
    [/"https:\/\/host"/, ['https:', 'https:/acme.example', 'https:acme.example', 'HTTPS:/acme.example', 'https:?x']],
    [/"http:\/\/host"/, ['http:/localhost', 'http:localhost']],
    [/slash after "myapp:"/, ['myapp:', 'myapp:done', 'MyApp:?x=1', 'myapp:?/x']],
    [
      /"\*"/,
      [
        'https://acme.example/a*b',
        'https://*',
        'https://acme.example?x=*',
        'my*app:/x',
        '*',
        'https://acme.example:*/',
      ],
    ],
    [/fragment/, ['https://acme.example/#', 'https://acme.example#x', 'myapp://done#', '#']],
    [
      /user name/,
      [
        'https://@acme.example/',
        'https://:@acme.example',
        'https://a@b@c/',
        'myapp://user@done',
        'http://localhost@evil.example/',
        'http://localhost:80@evil.example/',
        'https://acme.example:443@evil.example',
      ],
    ],
    [
      /spaces or control/,
      [
        'https://acme.example/\t',
        'https://acme.example/\n',
        '\u0000https://acme.example',
        'java\nscript:/x',
        'https://acme.example\u007f',
        'ht\rtps://acme.example',
        'https://acme.example/ ',
        '\u001fhttps://acme.example',
      ],
    ],
    [
      /ASCII/,
      [
        'https://b\u00fccher.example/',
        'https://acme.example/\u00fc',
        'https://acme.example/\u202e',
        'https://acme\u3002example/',
        'https://acme.example\uff0fevil',
        'https://acme.example/\ud800',
        '\u00a0https://acme.example',
        'https://acme.example/\u{1f600}',
        '\ufeffhttps://acme.example',
        'https://acme.example/\u0080',
      ],
    ],
    [/backslash/, ['https:\\\\acme.example', 'https://acme.example\\', 'https://acme.example/?\\', 'myapp:\\done']],
    [
      /hexadecimal/,
      [
        'https://acme.example/%',
        'https://acme.example/%4',
        'https://acme.example/%zz',
        'https://acme.example/%%41',
        'https://acme.example/%u0041',
        'https://acme.example?%G1',
        'https://acme.example/a%',
      ],
    ],
    [/any of/, ['"', '<', '>', '^', '`', '{', '|', '}'].map((character) => `https://acme.example/${character}`)],
    [
      /"\[" and "\]"/,
      ['https://acme.example/[a]', 'https://acme.example/?a[]=1', 'myapp:/]', 'https://acme.example?['],
    ],
    [
      /path segment/,
      [
        'https://acme.example/.',
        'https://acme.example/..',
        'https://acme.example/a/../b',
        'https://acme.example/a/./b',
        'https://acme.example/a/..?x',
        'https://acme.example/%2e',
        'https://acme.example/%2E%2e/b',
        'https://acme.example/.%2e',
        'https://acme.example/%2E.',
        'https://acme.example/../',
        'myapp:/../x',
        'myapp://../x',
        'myapp://.',
        'https://../x',
      ],
    ],
    [
      /port/,
      [
        'https://acme.example:65536',
        'https://acme.example:x',
        'https://acme.example:-1',
        'https://acme.example:80:80/',
        'https://acme.example:+80',
        'https://acme.example:8.0',
        'https://acme.example:0x50',
        `https://acme.example:${'9'.repeat(400)}`,
        'http://localhost:x/',
        'http://[::1]:99999/',
        'myapp://a:b',
        'https://::1/',
        'https://acme.example:%38',
      ],
    ],
    [
      /valid IPv6/,
      [
        'https://[::1',
        'https://[]',
        'https://[::1]x/',
        'https://[1:2:3]/',
        'https://[::g]/',
        'https://[v1.a]/',
        'https://[127.0.0.1]/',
        'https://[fe80::1%25eth0]/',
        'https://x]/',
        'https://[[::1]]/',
        'myapp://[x]/',
        'https://x[/',
      ],
    ],
    [
      /valid host/,
      [
        'https://.acme.example',
        'https://acme..example',
        'https://acme.example..',
        'https://a,b',
        'https://a;b',
        'https://a!b',
        'https://a&b=c',
        'https://acme%2eexample/',
        'https://%61cme.example/',
        `https://${'a'.repeat(64)}.example/`,
        `https://${'a.'.repeat(127)}a/`,
        "https://a'b",
      ],
    ],
    [
      /valid host/,
      [
        'https://127.1',
        'https://127.0.0.1.',
        'https://2130706433/',
        'https://0x7f.1/',
        'https://0x7f000001',
        'https://0177.0.0.1',
        'https://256.1.1.1',
        'https://1.2.3.4.5',
        'https://acme.0x',
        'https://acme.1.',
        'https://0X',
      ],
    ],
    [
      /must be https/,
      [
        'http://acme.example',
        'http://localhost.evil.example/',
        'http://localhost.',
        'http://LOCALHOST/',
        'http://Localhost:80/',
        'http://127.1',
        'http://127.0.0.2',
        'http://127.0.0.1.',
        'http://2130706433/',
        'http://0x7f.0.0.1',
        'http://127.0.0.1.evil.example',
        'http://0.0.0.0',
        'http://[::]/',
        'http://[0:0:0:0:0:0:0:1]/',
        'http://[::01]/',
        'http://[::1]evil',
        'http://evil[::1]',
        'http://[::ffff:127.0.0.1]/',
        'http://local%68ost/',
        'HTTP://acme.example',
        'hTTp://evil/',
        'http://localhost%00.evil/',
      ],
    ],
    [
      /scheme "javascript"/,
      [
        'javascript:alert(1)',
        'JavaScript:alert(1)',
        'JAVASCRIPT://acme.example/%0aalert(1)',
        'javascript:',
        'javascript:/x',
      ],
    ],
    [/scheme "data"/, ['data:text/html,x', 'DATA:/x']],
    [/scheme "file"/, ['file:///etc/passwd', 'File:/x']],
    [/scheme "blob"/, ['blob:https://acme.example/x', 'blob:/x']],
    [/scheme "vbscript"/, ['vbscript:x', 'VBScript:/x']],
    [/scheme "about"/, ['about:blank', 'about:/x']],
    [/scheme "ftp"/, ['ftp://acme.example/', 'FTP://acme.example']],
    [/scheme "ws"/, ['ws://acme.example/', 'wS:/x']],
    [/scheme "wss"/, ['wss://acme.example/', 'WSS:/x']],
    [/scheme "view-source"/, ['view-source:https://acme.example/', 'View-Source:/x']],
    [/scheme "livescript"/, ['livescript:/x', 'LiveScript:x']],
    [/scheme "filesystem"/, ['filesystem:https://acme.example/temporary/x', 'filesystem:/x']],
    [/scheme "intent"/, ['intent://acme.example/x', 'Intent:/x']],
    [/scheme "android-app"/, ['android-app://com.example/https/acme.example', 'android-app:/x']],
    [/scheme "chrome"/, ['chrome://settings', 'chrome:/x']],
    [/scheme "chrome-extension"/, ['chrome-extension://abc/x.html', 'chrome-extension:/x']],
    [/scheme "resource"/, ['resource://gre/x', 'resource:/x']],
    [/scheme "jar"/, ['jar:https://acme.example/x!/', 'jar:/x']],
    [/scheme "mailto"/, ['mailto:a@acme.example', 'mailto:/x']],
    [/scheme "tel"/, ['tel:+1', 'tel:/1']],
    [/scheme "sms"/, ['sms:+1', 'sms:/1']],
    [/scheme "smb"/, ['smb://evil.example/x', 'SMB:/x']],
    [/scheme "feed"/, ['feed://acme.example', 'feed:/x']],
    [/scheme "search-ms"/, ['search-ms:query=x', 'search-ms:/x']],
    [/scheme "itms-services"/, ['itms-services://?action=download-manifest', 'itms-services:/x']],
    [/scheme "ms-msdt"/, ['ms-msdt:/id', 'MS-MSDT:/id']],
    [/scheme "ms-"/, ['ms-:/x']],
  ];
  for (const [reason, refused] of urls) {
    for (const url of refused) t.match(explainRedirectUrl(url), reason, JSON.stringify(url.slice(0, 80)));
  }
});

void t.test('a browser goes exactly where an accepted URL says, whatever it is put together from', async (t) => {
  const pieces = [
    ...[
      'http',
      'https',
      'HTTP',
      'myapp',
      'javascript',
      ':',
      '/',
      '//',
      '\\',
      '?',
      '#',
      '@',
      '%',
      '%2e',
      '%2f',
      '%00',
      '%40',
    ],
    ...['localhost', '127.0.0.1', '[::1]', '127.1', '0x7f', 'evil.example', '.', '..', ':80', ':', '[', ']', '*', ' '],
    ...['\t', '\n', '\u0000', '\u00e9', '\u3002', '\u00ad', 'a', 'A', '-', '_', '~', "'", '|', '^', ';', ',', '&', '1'],
  ];
  const heads = fc.constantFrom(
    '',
    '',
    'http://',
    'https://',
    'http://localhost',
    'https://acme.example',
    'http://[::1]',
  );
  const texts = fc.array(fc.constantFrom(...pieces), { maxLength: 7 }).map((parts) => parts.join(''));
  let accepted = 0;
  fc.assert(
    fc.property(heads, texts, (head, text) => {
      const given = head + text;
      if (explainRedirectUrl(given) !== undefined || !/^https?:/i.test(given)) return true;
      accepted += 1;
      const url = new URL(given);
      const [, host, path] = /^https?:\/\/(.*?)(?::\d*)?(?:([/?].*)|$)/i.exec(given) ?? [];
      const hasSameHost = url.hostname.replace(/^\[.*\]$/, host ?? '') === host?.toLowerCase();
      const hasSamePath = url.pathname === (path?.replace(/^(?=\?|$)/, '/').replace(/\?.*/, '') ?? '/');
      const isLoopback = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
      const isBare = url.username === '' && url.password === '' && url.hash === '';
      return hasSameHost && hasSamePath && isBare && (url.protocol === 'https:' || isLoopback);
    }),
    { numRuns: 20_000 },
  );
  t.ok(accepted > 500, `${accepted} URLs were accepted and looked at`);
});
