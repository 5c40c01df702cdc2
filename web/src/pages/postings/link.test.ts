import { expect, test } from 'vitest';
import { hostOf, webAddress } from './link';

test('web addresses become links', () => {
  const address = 'https://www.saramin.co.kr/zf_user/jobs/relay/view?rec_idx=1';
  expect(webAddress(address)).toBe(address);
  expect(webAddress(' http://host.test ')).toBe('http://host.test/');
  expect(hostOf(address)).toBe('saramin.co.kr');
});

test.each([
  'javascript:alert(1)',
  ' JaVaScRiPt:alert(1)',
  'java\nscript:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  'vbscript:x',
  'file:///etc/passwd',
  '//host.test/x',
  '/relative',
  'https://saramin.co.kr@evil.test/',
  '',
  null,
  42,
])('%j does not', (text) => {
  expect(webAddress(text)).toBeNull();
});
