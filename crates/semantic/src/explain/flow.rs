//! Tiles over time as SQL.

use jiff::civil::Date;

use super::statement::Statement;
use crate::dialect::Dialect;
use crate::grain::Grain;
use crate::model::{Fact, Lifetime};

/// What happens on which day, one row for each row of the fact and event.
fn events(fact: &Fact, lifetime: &Lifetime, dialect: &dyn Dialect) -> String {
    let (date, end, until) = (&fact.date, &lifetime.end, &lifetime.until);
    let until_assumed = &lifetime.until_assumed;
    let day_after = dialect.day_after(until);
    format!(
        "\
select value, {date} as date, 1 as opened, 0 as closed,
    case when {date} <= {until} and not {until_assumed} then 1 else 0 end as active,
    case when {date} <= {until} and {until_assumed} then 1 else 0 end as assumed
from series
union all
select value, {end}, 0, 1, 0, 0
from series
union all
select value, {day_after}, 0, 0,
    case when {until_assumed} then 0 else -1 end,
    case when {until_assumed} then -1 else 0 end
from series
where {date} <= {until}"
    )
}

const CHANGE: &str = "\
select value, date, sum(opened) as opened, sum(closed) as closed, sum(active) as active,
    sum(assumed) as assumed
from event
group by value, date";

const DAILY: &str = "\
select
    day.date,
    grouped.value,
    coalesce(known.is_known, false) as is_known,
    coalesce(known.is_active_known, false) as is_active_known,
    coalesce(change.opened, 0) as opened,
    coalesce(change.closed, 0) as closed,
    sum(coalesce(change.active, 0)) over (
        partition by grouped.value order by day.date
        rows between unbounded preceding and current row
    ) as active,
    sum(coalesce(change.assumed, 0)) over (
        partition by grouped.value order by day.date
        rows between unbounded preceding and current row
    ) as assumed
from day
cross join grouped
left join known on known.date = day.date
left join change on change.date = day.date and change.value = grouped.value";

/// What is not known is null, never 0.
const KNOWN: &str = "\
select
    date,
    value,
    case when is_known then opened end as opened,
    case when is_known then closed end as closed,
    case when is_active_known then active end as active,
    case when is_active_known then assumed end as assumed
from daily";

pub(super) fn flow(
    sql: &mut Statement<'_>,
    days: Option<(Date, Date)>,
    dimension: Option<usize>,
    grain: Grain,
) -> String {
    let (fact, rows) = (sql.fact, sql.rows);
    let (Some((first, last)), Some(lifetime)) = (days, &fact.lifetime) else {
        let empty = std::mem::replace(sql, Statement::new(sql.definitions, fact, sql.dialect));
        return empty.finish(&format!(
            "-- Nothing is known of these days.\nselect count(*) as {}\nfrom {rows}",
            fact.name
        ));
    };
    let columns = [
        &fact.date,
        &lifetime.end,
        &lifetime.until,
        &lifetime.until_assumed,
    ];
    let columns = columns.map(String::as_str).join(", ");
    let all = sql.dialect.literal(&lifetime.all);
    let mut series = format!("select {all} as value, {columns}\nfrom {rows}");
    if let Some(dimension) = dimension {
        let by = &sql.dimension(dimension).name;
        let id = sql.id(rows);
        series.push_str(&format!(
            "\nunion all\nselect {by}.value, {columns}\nfrom {rows}\n\
             inner join (select distinct id, value from {by} where value is not null) as {by} \
             on {by}.id = {id}"
        ));
    }
    sql.step("series", series);
    sql.step("grouped", "select distinct value from series");
    sql.step("event", events(fact, lifetime, sql.dialect));
    sql.step("change", CHANGE);
    sql.step("day", sql.dialect.days(first, last));
    sql.step("known", lifetime.days.trim());
    sql.step("daily", DAILY);
    sql.step("flow", KNOWN);
    let sql = std::mem::replace(sql, Statement::new(sql.definitions, fact, sql.dialect));
    if grain == Grain::Day {
        return sql.finish(
            "select date, value, opened, closed, active, assumed\nfrom flow\norder by date, value",
        );
    }
    let (period, begin) = (grain.name(), sql.dialect.truncated("date", grain));
    let (active, assumed) = (
        sql.dialect.last("active", "date"),
        sql.dialect.last("assumed", "date"),
    );
    sql.finish(&format!(
        "select\n    {begin} as {period},\n    value,\n    sum(opened) as opened,\n    \
         sum(closed) as closed,\n    {active} as active,\n    {assumed} as assumed\nfrom flow\n\
         group by {begin}, value\norder by {period}, value"
    ))
}
