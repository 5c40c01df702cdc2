// Which build the figures on the page are of.
import type { Build, TilesAnswer } from '../api/types';
import type { Locale } from '../i18n/locale';

/** What is known of a build that is shown; of a pinned one the API does not say when it was published. */
export type ShownBuild = Omit<Build, 'published_at'> & { published_at: string | null };

export function shownBuild(
  published: Build | null,
  answer: TilesAnswer | null,
  pinned: number | null,
): ShownBuild | null {
  if (published === null) return null;
  if (answer !== null && answer.build !== published.build) {
    const { build, origin, collected_through, last_day } = answer;
    return {
      ...published,
      build,
      origin,
      collected_through,
      data_date: last_day,
      published_at: null,
    };
  }
  if (answer === null && pinned !== null && pinned !== published.build) {
    return {
      ...published,
      build: pinned,
      collected_through: null,
      data_date: null,
      published_at: null,
    };
  }
  return published;
}

/** The number of a build, with when it was published where that is to be said. */
export function buildText(
  build: number,
  locale: Locale,
  publishedAt: string | null = null,
): string {
  const { t, number, dateTime } = locale;
  if (publishedAt === null) return t('footer.build.old', { build: number(build) });
  return t('footer.build', { build: number(build), time: dateTime(publishedAt) });
}
