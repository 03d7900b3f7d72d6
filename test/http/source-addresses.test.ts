import { SocketAddress } from 'node:net';
import fc from 'fast-check';
import t from 'tap';
import { createFindSource, networkOf, parseAddress, truncateAddress } from '../../src/http/source-addresses.ts';

void t.test('an address is the same however a proxy writes it', (t) => {
  const spellings: Record<string, string[]> = {
    '192.0.2.1': [
      '192.0.2.1',
      ' 192.0.2.1 ',
      '192.0.2.1:4444',
      '[192.0.2.1]',
      '"192.0.2.1:4444"',
      '::ffff:192.0.2.1',
      '::FFFF:c000:201',
      '[::ffff:192.0.2.1]:65535',
      '0:0:0:0:0:ffff:192.0.2.1',
    ],
    '2001:db8::1': [
      '2001:db8::1',
      '2001:DB8:0::0:1',
      '2001:0db8:0000:0000:0000:0000:0000:0001',
      '2001:db8::0.0.0.1',
      '[2001:db8::1]',
      '[2001:db8::1]:4444',
      '"[2001:db8::1]:4444"',
      '2001:db8:0:0:0:0:0:1:4444',
      '2001:db8::1%eth0',
      '[2001:db8::1%25eth0]:4444',
    ],
    'fe80::1': ['fe80::1%3', '[fe80::1%en0]:443'],
    '::': ['::', '0:0:0:0:0:0:0:0', '[::]:1'],
    '::1': ['::1', '[::1]:1'],
  };
  for (const [address, texts] of Object.entries(spellings)) {
    for (const text of texts) t.equal(parseAddress(text), address, JSON.stringify(text));
  }
  t.end();
});

void t.test('what is no address is none', (t) => {
  const texts = [
    '',
    ' ',
    'unknown',
    '_hidden',
    'localhost',
    '192.0.2',
    '192.0.2.256',
    '192.0.2.1:',
    '192.0.2.1:123456',
  ];
  texts.push('192.0.2.1:80:80', '192.0.2.1, 192.0.2.2', '[192.0.2.1', '192.0.2.1]', '[]', '[]:80', ':80', '::g');
  texts.push('1:2:3:4:5:6:7:8:9:10', '[2001:db8::1]x', '[2001:db8::1]:x', '%eth0', '192.0.2.1\u0000', '０.0.0.0');
  texts.push('1'.repeat(3000), `192.0.2.1${' '.repeat(3000)}`, '"', '""', '[[::1]]');
  for (const text of texts) t.equal(parseAddress(text), undefined, JSON.stringify(text.slice(0, 40)));
  t.end();
});

void t.test('every IPv6 address is written as Node writes it, whatever it is', (t) => {
  fc.assert(
    fc.property(fc.ipV6(), (text) => {
      const address = parseAddress(text);
      const ofNode = new SocketAddress({ address: text, family: 'ipv6' }).address;
      // Deprecated forms, and mapped addresses, are written with dots by Node.
      return ofNode.includes('.') ? address !== undefined : address === ofNode;
    }),
  );
  t.end();
});

void t.test('no text is an error, and what comes out is an address that comes out of itself', (t) => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom('0', 'f', ':', '.', '[', ']', '%', '"', ',') }),
  );
  fc.assert(
    fc.property(text, (given) => {
      const address = parseAddress(given);
      return address === undefined || parseAddress(address) === address;
    }),
  );
  t.end();
});

void t.test('an IPv4 address is a party of its own, an IPv6 one belongs to its network', (t) => {
  t.equal(networkOf('192.0.2.1', 64), '192.0.2.1');
  for (const [address, bits, network] of [
    ['2001:db8:1:2ff:3:4:5:6', 64, '2001:db8:1:2ff::/64'],
    ['2001:db8:1:2ff:3:4:5:6', 56, '2001:db8:1:200::/56'],
    ['2001:db8:1:2ff:3:4:5:6', 48, '2001:db8:1::/48'],
    ['2001:db8:1:2ff:3:4:5:6', 128, '2001:db8:1:2ff:3:4:5:6/128'],
    ['::1', 64, '::/64'],
  ] as const) {
    t.equal(networkOf(address, bits), network);
  }
  t.end();
});

void t.test('the source is the first hop that no trusted proxy stands for', (t) => {
  const find = createFindSource(['10.0.0.0/8', '192.0.2.7', '2001:db8:ffff::/48']);
  const cases: [string | undefined, string | undefined, string | undefined][] = [
    ['198.51.100.1', undefined, '198.51.100.1'],
    ['198.51.100.1', '203.0.113.1', '198.51.100.1'],
    ['10.0.0.1', undefined, '10.0.0.1'],
    ['10.0.0.1', '', '10.0.0.1'],
    ['10.0.0.1', '203.0.113.1', '203.0.113.1'],
    ['::ffff:10.0.0.1', '203.0.113.1', '203.0.113.1'],
    ['10.0.0.1', '203.0.113.1:50123', '203.0.113.1'],
    ['10.0.0.1', '[2001:db8::5]:50123', '2001:db8::5'],
    ['2001:db8:ffff:1::1', '203.0.113.1', '203.0.113.1'],
    ['10.0.0.1', '203.0.113.1, 10.0.0.2:4444', '203.0.113.1'],
    ['10.0.0.1', '198.51.100.66, 203.0.113.1, 192.0.2.7', '203.0.113.1'],
    ['10.0.0.1', '10.0.0.3,10.0.0.2', '10.0.0.3'],
    ['10.0.0.1', '203.0.113.1, unknown', '10.0.0.1'],
    ['10.0.0.1', '203.0.113.1, unknown, 10.0.0.2', '10.0.0.2'],
    ['10.0.0.1', '203.0.113.1,', '10.0.0.1'],
    ['10.0.0.1', 'x'.repeat(3000), '10.0.0.1'],
    ['10.0.0.1', ','.repeat(3000), '10.0.0.1'],
    [undefined, '203.0.113.1', undefined],
  ];
  for (const [remoteAddress, forwardedFor, source] of cases) {
    t.equal(find({ remoteAddress, forwardedFor }), source, `${remoteAddress} for ${forwardedFor?.slice(0, 60)}`);
  }
  const mapped = createFindSource(['::ffff:10.0.0.0/104', '::ffff:192.0.2.7']);
  t.equal(mapped({ remoteAddress: '10.9.0.1', forwardedFor: '203.0.113.1, 192.0.2.7' }), '203.0.113.1');
  t.equal(createFindSource([])({ remoteAddress: '10.0.0.1', forwardedFor: '203.0.113.1' }), '10.0.0.1');
  t.end();
});

void t.test('a header of nothing but trusted hops is followed no further than any deployment goes', (t) => {
  const find = createFindSource(['10.0.0.0/8']);
  t.equal(
    find({ remoteAddress: '10.0.0.1', forwardedFor: `203.0.113.1,${'10.0.0.2,'.repeat(1500)}10.0.0.2` }),
    '10.0.0.2',
  );
  t.end();
});

void t.test('of where a secret was used no more than a /24 or a /48 is kept, in one spelling', (t) => {
  for (const [address, network] of [
    ['192.0.2.77', '192.0.2.0/24'],
    ['10.255.255.255', '10.255.255.0/24'],
    ['2001:db8:85a3:8d3:1319:8a2e:370:7348', '2001:db8:85a3::/48'],
    ['2001:db8:85a3::1', '2001:db8:85a3::/48'],
    ['2001:db8::1', '2001:db8::/48'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8::/48'],
    ['2001:0:1:2:3:4:5:6', '2001:0:1::/48'],
    ['::1', '::/48'],
  ] as const) {
    t.equal(truncateAddress(address), network, address);
  }
  const groups = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff })), {
    minLength: 8,
    maxLength: 8,
  });
  fc.assert(
    fc.property(groups, (parts) => {
      const address = parseAddress(parts.map((part) => part.toString(16)).join(':')) ?? '';
      return address.includes('.') || truncateAddress(address) === networkOf(address, 48);
    }),
  );
  t.end();
});
