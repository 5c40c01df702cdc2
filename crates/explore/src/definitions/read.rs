//! Parsing the definitions from their files.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::DeTable;

use super::section::{Result, Section};
use super::{
    Aggregate, DefinitionError, Definitions, Dimension, Labels, Measure, NumberColumn, ROLE,
    Values, tile,
};
use crate::request;

const MEASURES: &str = "measures.toml";
const TILES: &str = "tiles.toml";
const SEARCH: &str = "search.toml";
const ROLES: &str = "roles.toml";

/// Names that the SQL of [`crate::Image::explain`] gives to its steps, and SQL keywords.
const TAKEN: &[&str] = &[
    "posting", "chosen", "counted", "grouped", "largest", "total", "day", "event", "change",
    "daily", "series", "all", "and", "as", "by", "case", "cross", "end", "group", "having", "in",
    "inner", "is", "join", "left", "not", "null", "on", "or", "select", "table", "then", "union",
    "when", "where", "with",
];

pub(super) fn definitions(files: &BTreeMap<String, Vec<u8>>) -> Result<Definitions> {
    let measures_text = required(files, MEASURES)?;
    let tiles_text = required(files, TILES)?;
    let search_text = text(files, SEARCH)?.unwrap_or_default();
    let roles_text = text(files, ROLES)?.unwrap_or_default();
    let measures_table = table(MEASURES, measures_text)?;
    let tiles_table = table(TILES, tiles_text)?;
    let search_table = table(SEARCH, search_text)?;
    let roles_table = table(ROLES, roles_text)?;

    let file = whole(MEASURES, &measures_table);
    file.only(&["postings", "days", "dimensions", "measures"])?;
    let mut definitions = Definitions {
        postings_sql: sql_of(&file, "postings")?,
        days_sql: sql_of(&file, "days")?,
        dimensions: dimensions(&file.section("dimensions")?)?,
        measures: Vec::new(),
        tiles: Vec::new(),
        synonyms: Vec::new(),
        short_forms: BTreeMap::new(),
    };
    let roles = label_roles(&mut definitions.dimensions, &whole(ROLES, &roles_table))?;
    let measures = file.section("measures")?;
    for name in measures.names() {
        let measure = measure(&definitions, &roles, name, &measures.section(name)?)?;
        definitions.measures.push(measure);
    }
    let file = whole(TILES, &tiles_table);
    file.only(&["tiles"])?;
    let tiles = file.section("tiles")?;
    for name in tiles.names() {
        let tile = tile::tile(&definitions, &roles, name, &tiles.section(name)?)?;
        definitions.tiles.push(tile);
    }
    let file = whole(SEARCH, &search_table);
    file.only(&["same", "short"])?;
    definitions.synonyms = file.lists_of_texts("same")?;
    definitions.short_forms = texts_by_name(&file, "short")?;
    Ok(definitions)
}

fn required<'a>(files: &'a BTreeMap<String, Vec<u8>>, file: &'static str) -> Result<&'a str> {
    text(files, file)?.ok_or_else(|| problem(file, "this file is missing".to_owned()))
}

fn text<'a>(files: &'a BTreeMap<String, Vec<u8>>, file: &'static str) -> Result<Option<&'a str>> {
    files
        .get(file)
        .map(|bytes| std::str::from_utf8(bytes))
        .transpose()
        .map_err(|error| problem(file, format!("this is not UTF-8 text: {error}")))
}

fn table<'a>(file: &'static str, text: &'a str) -> Result<Spanned<DeTable<'a>>> {
    DeTable::parse(text).map_err(|error| problem(file, error.to_string().trim_end().to_owned()))
}

fn problem(file: &str, problem: String) -> DefinitionError {
    DefinitionError {
        file: file.to_owned(),
        key: String::new(),
        problem,
        hint: None,
    }
}

fn whole<'a>(file: &'static str, table: &'a Spanned<DeTable<'a>>) -> Section<'a> {
    Section {
        file,
        key: String::new(),
        table: table.get_ref(),
    }
}

fn sql_of(file: &Section<'_>, name: &str) -> Result<String> {
    let section = file.section(name)?;
    section.only(&["sql"])?;
    sql(&section)
}

fn sql(section: &Section<'_>) -> Result<String> {
    let text = section.text("sql")?.trim();
    Ok(text.strip_suffix(';').unwrap_or(text).trim_end().to_owned())
}

fn labels(section: &Section<'_>, stem: &str) -> Result<Labels> {
    Ok(Labels {
        ko: section.text(&format!("{stem}_ko"))?.to_owned(),
        en: section.text(&format!("{stem}_en"))?.to_owned(),
    })
}

fn texts_by_name(section: &Section<'_>, key: &str) -> Result<BTreeMap<String, String>> {
    let Some(texts) = section.optional_section(key)? else {
        return Ok(BTreeMap::new());
    };
    texts
        .names()
        .into_iter()
        .map(|name| Ok((name.to_owned(), texts.text(name)?.to_owned())))
        .collect()
}

/// A name becomes a URL parameter and an SQL identifier.
pub(super) fn check_name(section: &Section<'_>, name: &str) -> Result<()> {
    let well_formed = name.starts_with(|first: char| first.is_ascii_lowercase())
        && name
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
    if well_formed {
        return Ok(());
    }
    Err(section.error(
        "",
        "a name is of lower-case letters, digits and `_`, beginning with a letter",
    ))
}

fn dimensions(sections: &Section<'_>) -> Result<Vec<Dimension>> {
    let names = sections.names();
    let mut dimensions = Vec::new();
    for name in &names {
        let section = sections.section(name)?;
        dimensions.push(dimension(&names, name, &section)?);
    }
    // Facets and parents follow the hierarchy upwards, so it must have no cycle.
    for (index, name) in names.iter().enumerate() {
        let mut above = dimensions[index].parent;
        for _ in 0..names.len() {
            above = above.and_then(|index| dimensions[index].parent);
        }
        if above.is_some() {
            let section = sections.section(name)?;
            return Err(section.error("among", "this dimension is its own parent"));
        }
    }
    Ok(dimensions)
}

fn dimension(names: &[&str], name: &str, section: &Section<'_>) -> Result<Dimension> {
    section.only(&[
        "label_ko",
        "label_en",
        "what_ko",
        "what_en",
        "sql",
        "among",
        "order",
        "filter",
        "stated",
        "labels_ko",
        "labels_en",
    ])?;
    check_name(section, name)?;
    if request::OWN_PARAMETERS.contains(&name) || TAKEN.contains(&name) {
        return Err(section.error("", "this name is taken: give the dimension another one"));
    }
    let parent = section
        .optional_text("among")?
        .map(|above| {
            let place = names.iter().position(|other| *other == above);
            place.ok_or_else(|| section.unknown("among", "dimension", above, names.iter().copied()))
        })
        .transpose()?;
    let order = match section.optional_text("order") {
        Ok(None | Some("size")) => None,
        Ok(Some(_)) => {
            return Err(section.error("order", "this has to be `size` or a list of values"));
        }
        Err(_) => section.texts("order")?,
    };
    Ok(Dimension {
        name: name.to_owned(),
        labels: labels(section, "label")?,
        what: labels(section, "what")?,
        parent,
        filter: section.flag("filter", true)?,
        stated: section.flag("stated", true)?,
        order,
        labels_ko: texts_by_name(section, "labels_ko")?,
        labels_en: texts_by_name(section, "labels_en")?,
        sql: sql(section)?,
    })
}

/// Sets the labels of roles, and appends those missing from the order. Returns their names.
fn label_roles(dimensions: &mut [Dimension], file: &Section<'_>) -> Result<Vec<String>> {
    let Some(roles) = file.optional_section("roles")? else {
        return Ok(Vec::new());
    };
    let names: Vec<String> = roles.names().into_iter().map(str::to_owned).collect();
    let Some(dimension) = dimensions.iter_mut().find(|each| each.name == ROLE) else {
        return Ok(names);
    };
    for name in &names {
        let section = roles.section(name)?;
        let labels = labels(&section, "label")?;
        dimension.labels_ko.insert(name.clone(), labels.ko);
        dimension.labels_en.insert(name.clone(), labels.en);
        if let Some(order) = &mut dimension.order
            && !order.contains(name)
        {
            order.push(name.clone());
        }
    }
    Ok(names)
}

fn measure(
    definitions: &Definitions,
    roles: &[String],
    name: &str,
    section: &Section<'_>,
) -> Result<Measure> {
    section.only(&[
        "label_ko",
        "label_en",
        "what_ko",
        "what_en",
        "aggregate",
        "where",
        "of",
        "column",
        "unit",
        "format",
    ])?;
    check_name(section, name)?;
    let kinds = ["count", "share", "mean", "active", "assumed"];
    let kind = section.text("aggregate")?;
    let aggregate = match kind {
        "count" => Aggregate::Count,
        "share" => {
            let of = values_by_dimension(definitions, roles, section, "of")?;
            if of.is_empty() {
                return Err(section.error("of", "a share has to say what it is the share of"));
            }
            Aggregate::Share(of)
        }
        "mean" => Aggregate::Mean(number_column(section)?),
        "active" => Aggregate::Active,
        "assumed" => Aggregate::Assumed,
        other => return Err(section.unknown("aggregate", "aggregate", other, kinds)),
    };
    if section.has("column") && kind != "mean" {
        return Err(section.error("column", "only aggregate `mean` has this"));
    }
    if section.has("of") && matches!(kind, "count" | "mean") {
        let only = "only aggregates `share`, `active` and `assumed` have this";
        return Err(section.error("of", only));
    }
    Ok(Measure {
        name: name.to_owned(),
        labels: labels(section, "label")?,
        what: labels(section, "what")?,
        aggregate,
        wanted: values_by_dimension(definitions, roles, section, "where")?,
        part: values_by_dimension(definitions, roles, section, "of")?,
        unit: section.text("unit")?.to_owned(),
        format: section.text("format")?.to_owned(),
    })
}

pub(super) fn number_column(section: &Section<'_>) -> Result<NumberColumn> {
    let name = section.text("column")?;
    NumberColumn::named(name).ok_or_else(|| {
        let known = NumberColumn::ALL.map(NumberColumn::name);
        section.unknown("column", "column of numbers", name, known)
    })
}

/// The table `key`: lists of values by dimension.
pub(super) fn values_by_dimension(
    definitions: &Definitions,
    roles: &[String],
    section: &Section<'_>,
    key: &str,
) -> Result<Vec<Values>> {
    let Some(table) = section.optional_section(key)? else {
        return Ok(Vec::new());
    };
    let mut all = Vec::new();
    for name in table.names() {
        let dimension = find_dimension(definitions, &table, name, name)?;
        let values = table.texts(name)?.unwrap_or_default();
        if values.is_empty() {
            return Err(table.error(name, "this list is empty"));
        }
        // The values of other dimensions are known only from the data.
        if name == ROLE && key != "parents" && !roles.is_empty() {
            let stranger = values.iter().find(|value| !roles.contains(value));
            if let Some(value) = stranger {
                return Err(table.unknown(name, "role", value, roles.iter().map(String::as_str)));
            }
        }
        all.push(Values { dimension, values });
    }
    Ok(all)
}

pub(super) fn find_dimension(
    definitions: &Definitions,
    section: &Section<'_>,
    key: &str,
    name: &str,
) -> Result<usize> {
    definitions.dimension(name).ok_or_else(|| {
        let known = definitions.dimensions.iter().map(|each| each.name.as_str());
        section.unknown(key, "dimension", name, known)
    })
}
