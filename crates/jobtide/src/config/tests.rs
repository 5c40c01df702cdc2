use super::*;

fn load(text: &str, environment: &[(&str, &str)]) -> Result<Settings> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("jobtide.toml");
    std::fs::write(&file, text).unwrap();
    let environment = environment
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Settings::load(Some(&file), environment)
}

#[test]
fn a_path_of_a_setting_may_begin_at_home() {
    let home = home().unwrap();
    let settings = load(
        "[storage]\nurl = '~/store'\n[pipeline]\nfolder = '~x/own'\n",
        &[("JOBTIDE__STORAGE__STATE", "~/state")],
    )
    .unwrap();
    assert_eq!(settings.storage.url, home.join("store").to_str().unwrap());
    assert_eq!(settings.storage.state, home.join("state").to_str().unwrap());
    // An ordinary name.
    assert_eq!(settings.pipeline.folder, "~x/own");
    assert_eq!(from_home("~/a".into()).unwrap(), home.join("a"));
    assert_eq!(from_home("a/~".into()).unwrap(), PathBuf::from("a/~"));
}

#[test]
fn the_environment_wins_over_the_file_and_the_file_over_the_defaults() {
    let settings = load(
        "[storage]\nurl = '/tmp/a'\n[sources.saramin.query]\njob_mid_cd = '2'\n",
        &[
            ("JOBTIDE__STORAGE__URL", "/tmp/b"),
            ("JOBTIDE__SOURCES__SARAMIN__DAILY_QUOTA", "7"),
            ("PATH", "/bin"),
        ],
    )
    .unwrap();
    assert_eq!(settings.storage.url, "/tmp/b");
    assert_eq!(settings.sources["saramin"].daily_quota, Some(7));
    assert_eq!(settings.server.listen, "127.0.0.1:8080");
    let query: Vec<_> = settings.sources["saramin"].query.keys().collect();
    assert_eq!(query, ["job_mid_cd"]);
}

#[test]
fn a_variable_has_the_type_of_its_setting() {
    let environment = [
        ("JOBTIDE__STORAGE__URL", "007"),
        ("JOBTIDE__STORAGE__KEEP_BUILDS", "7"),
        ("JOBTIDE__SERVER__HOSTS", "['true']"),
    ];
    let settings = load("", &environment).unwrap();
    assert_eq!(settings.storage.url, "007");
    assert_eq!(settings.storage.keep_builds, 7);
    assert_eq!(settings.server.hosts, ["true"]);
    let error = load("", &[("JOBTIDE__STORAGE__KEEP_BUILDS", "many")]).unwrap_err();
    let error = format!("{error:#}");
    assert!(error.contains("`JOBTIDE__STORAGE__KEEP_BUILDS`"), "{error}");
}

#[test]
fn an_unknown_setting_names_the_nearest_one() {
    let error = format!("{:#}", load("[storage]\nulr = 'x'", &[]).unwrap_err());
    assert!(
        error.contains("`storage.ulr`") && error.contains("`storage.url`"),
        "{error}"
    );
    let error = load("", &[("JOBTIDE__SERVER__LISTEM", "x")]).unwrap_err();
    assert!(
        format!("{error:#}").contains("`server.listen`"),
        "{error:#}"
    );
}

#[test]
fn every_source_has_the_same_settings() {
    let environment = [
        ("JOBTIDE__SOURCES__JOB_BOARD__START", "2026-05-01"),
        ("JOBTIDE__SOURCES__JOB_BOARD__QUERY__PLACE", "11"),
    ];
    let settings = load("[sources.job_board]\nconcurrency = 2\n", &environment).unwrap();
    let board = &settings.sources["job_board"];
    assert_eq!(board.concurrency, Some(2));
    assert_eq!(board.start, Some(Date::constant(2026, 5, 1)));
    assert_eq!(board.query["place"].as_str(), Some("11"));
    for (text, words) in [
        (
            "[sources.job_board]\nconcurency = 2",
            "`sources.job_board.concurency`\nhint: did you mean `sources.job_board.concurrency`",
        ),
        (
            "[sources]\njob_board = 2",
            "`sources.job_board` is a section",
        ),
        (
            "[sources.job_board]\nquery = 2",
            "`sources.job_board.query` is a section",
        ),
    ] {
        let error = format!("{:#}", load(text, &[]).unwrap_err());
        assert!(error.contains(words), "{error}");
    }
    let error = load("", &[("JOBTIDE__SOURCES__JOB_BOARD__DAILY_QUOTE", "2")]).unwrap_err();
    let error = format!("{error:#}");
    assert!(error.contains("`sources.job_board.daily_quota`"), "{error}");
}

#[test]
fn days_are_days_or_nothing() {
    let settings = load("[sources.saramin]\nstart = '2023-05-01'", &[]).unwrap();
    assert_eq!(
        settings.sources["saramin"].start,
        Some(Date::constant(2023, 5, 1))
    );
    let settings = load("[sources.saramin]\nstart = 2023-05-01", &[]).unwrap();
    assert!(settings.sources["saramin"].start.is_some());
    assert!(load("[sources.saramin]\nstart = 'May'", &[]).is_err());
}

#[test]
fn a_lease_of_no_length_or_more_than_an_hour_is_refused() {
    for seconds in ["0", "3601"] {
        let error = load("", &[("JOBTIDE__STORAGE__LEASE_SECONDS", seconds)]).unwrap_err();
        assert!(error.to_string().contains("from 1 to 3600"), "{error}");
    }
    assert!(load("[storage]\nlease_seconds = 3600\n", &[]).is_ok());
}
