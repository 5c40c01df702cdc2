//! The tables that others query: names and columns may be added, never renamed or dropped.

use crate::posting::postings;
use crate::world::{World, name};

const TABLES: &[(&str, &str)] = &[
    (
        "staging.recruit",
        "source posting_id collected_at landing_path landing_row url active company_name title industry_codes \
         location_codes job_type_codes job_mid_codes industry_keyword_codes job_code_keyword_codes experience_code \
         experience_min experience_max education_code keyword salary_code close_type_code posting_at \
         modification_at opening_at expiration_at posting_date expiration_date read_cnt apply_cnt \
         observed_at",
    ),
    (
        "staging.google_trend",
        "provider geo keyword date value is_partial has_data vintage collected_at landing_path",
    ),
    (
        "staging.certification",
        "cert_id test_name cert_type test_year stage applied take pass source confidence note collected_at \
         landing_path",
    ),
    (
        "staging.quarantine",
        "source dataset collected_at landing_path landing_row reason payload",
    ),
    (
        "external.recruit_table",
        "source posting_id url active company_name title industry_codes location_codes job_type_codes \
         job_mid_codes industry_keyword_codes job_code_keyword_codes experience_code experience_min \
         experience_max education_code keyword salary_code close_type_code posting_at modification_at opening_at \
         expiration_at posting_date expiration_date read_cnt apply_cnt first_collected_at last_collected_at \
         versions",
    ),
    (
        "external.google_trend",
        "provider geo keyword date value is_partial has_data vintage collected_at landing_path",
    ),
    (
        "external.certification",
        "cert_id test_name cert_type test_year stage applied take pass source confidence note collected_at \
         landing_path",
    ),
    ("meta.education", "code education_level"),
    ("meta.experiences", "code experience"),
    ("meta.industries", "code industry super_code"),
    ("meta.industry_categories", "super_code industry_category"),
    ("meta.job_codes", "job_code job_name job_mid_code"),
    ("meta.job_mid_codes", "job_mid_code job_mid_name"),
    ("meta.job_types", "code job_type"),
    ("meta.location", "local_code location_name wide_code"),
    ("meta.salaries", "code salary"),
    ("meta.close_types", "code close_type"),
    ("meta.role_rules", "role target pattern"),
    (
        "raw_data.recruits",
        "id source posting_id url company_name title education_code education_level salary_code salary \
         posting_date expiration_date close_type_code read_cnt apply_cnt",
    ),
    ("raw_data.industries", "id code industry industry_category"),
    ("raw_data.locations", "id code wide_location location_name"),
    ("raw_data.job_code_keywords", "id code job_name"),
    (
        "raw_data.experiences",
        "id exp_code exp_name exp_min exp_max",
    ),
    ("raw_data.google_trend", "keyword date value"),
    (
        "raw_data.certification",
        "cert_id test_name cert_type test_year stage applied take pass source confidence note collected_at \
         landing_path pass_ratio",
    ),
    ("analytic.role_tags", "id role"),
    ("analytic.de_ids", "id"),
    ("analytic.da_ids", "id"),
    ("analytic.ds_ids", "id"),
    ("analytic.datajob_ids", "id"),
    ("analytic.web_front_ids", "id"),
    ("analytic.web_back_ids", "id"),
    ("analytic.embedded_ids", "id"),
    ("analytic.security_ids", "id"),
    ("visual_tables.all_count", "it"),
    (
        "visual_tables.recruit_for_exp",
        "role total experienced entry_or_any entry",
    ),
    (
        "visual_tables.top_datajob_keywords",
        "job_name de da ds total",
    ),
    ("visual_tables.top_keywords", "job_name count"),
    ("visual_tables.data_job_ratio", "is_data_job count"),
    ("visual_tables.data_job_detail_ratio", "role count"),
    ("visual_tables.area_ratio", "wide_location it datajob"),
    ("visual_tables.area_ratio_seoul", "location_name it datajob"),
    (
        "visual_tables.dev_industry_datajobs",
        "industry_category industry it de da ds",
    ),
    (
        "visual_tables.dev_industry_first_detail",
        "industry it de da ds",
    ),
    (
        "visual_tables.certifications",
        "year cert_id stage take pass pass_ratio",
    ),
    ("visual_tables.google_trends", "date keyword value"),
    (
        "visual_tables.posting_flow",
        "date role opened closed active coverage read_after_days active_coverage",
    ),
    ("adhoc.area_ratio_gyeonggi", "location_name it datajob"),
    ("adhoc.area_ratio_gyeonggi_sum", "city it datajob"),
    ("adhoc.count_of_month", "month count"),
    ("adhoc.count_of_year", "year count"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_build_has_every_table_with_its_columns() {
    let world = World::new();
    let record = world.build().await.record;
    let warehouse = world.warehouse();
    let mut missing = Vec::new();
    for (table, columns) in TABLES {
        let Ok(schema) = warehouse.table_schema(&record, &name(table)).await else {
            missing.push((*table).to_owned());
            continue;
        };
        missing.extend(
            columns
                .split_whitespace()
                .filter(|column| schema.column_with_name(column).is_none())
                .map(|column| format!("{table}.{column}")),
        );
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_summary_of_a_build_reports_what_was_landed() {
    let world = World::new();
    let empty = world.build().await.record;
    assert_eq!(empty.origin, warehouse::publish::Origin::None);
    assert_eq!((empty.build, empty.postings), (1, 0));
    assert_eq!((empty.collected_through, empty.data_date), (None, None));

    world.land(vec![postings(1..=3), postings(3..=4)]).await;
    let record = world.build().await.record;
    assert_eq!(record.origin, warehouse::publish::Origin::Collected);
    assert_eq!((record.build, record.postings), (2, 4));
    assert_eq!(record.collected_through, Some(crate::world::now()));
    assert_eq!(record.data_date, Some(jiff::civil::date(2023, 6, 10)));
    let it = world
        .rows(&record, "select it from visual_tables.all_count")
        .await;
    assert_eq!(it, ["4"]);
}
