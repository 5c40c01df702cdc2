// What a component writes inside an app, for tests.
import type { Component } from 'svelte';
import { render } from 'svelte/server';
import '../i18n/messages/all';
import type { Client } from '../api/client';
import { exampleApp, exampleClient } from '../state/example';
import Harness from './Within.harness.svelte';

/** The markup of a component at a path below the base, as a browser would get it. */
export async function within<Props extends object>(
  component: Component<Props>,
  props: Props,
  path = '',
  client: Partial<Client> = {},
): Promise<string> {
  const { app } = await exampleApp(path, { client: exampleClient(client) });
  const shown = component as unknown as Component<Record<string, unknown>>;
  return render(Harness, {
    props: { app, component: shown, props: props as Record<string, unknown> },
  }).body;
}
