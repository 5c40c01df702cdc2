import { mount } from 'svelte';
import { createClient } from './api/client';
import type { Layout } from './api/types';
import AppView from './App.svelte';
import { App } from './state/app.svelte';
import { browserStorage } from './state/theme.svelte';
import './styles/tokens.css';
import './styles/base.css';
import './styles/parts.css';

// The server writes what is shown where into the page: the first drawing waits for no answer.
const app = new App({
  window,
  base: document.baseURI,
  languages: navigator.languages,
  layout: JSON.parse(
    document.getElementById('layout')?.textContent ?? '{"tiles":[],"pages":[]}',
  ) as Layout,
  client: createClient({ base: document.baseURI, fetch: window.fetch.bind(window) }),
  storage: browserStorage(),
  prefersDark: window.matchMedia('(prefers-color-scheme: dark)'),
  now: () => Date.now(),
});

const target = document.getElementById('app');
if (target === null) throw new Error('index.html has no element #app');
mount(AppView, { target, props: { app } });
