#![allow(clippy::unwrap_used)]
use super::*;

const HTTP: &str = "[http]\nlisten = \"127.0.0.1:0\"\n";

fn refused(gateway: &str) -> String {
    Config::parse(&format!("{HTTP}[[gateway]]\n{gateway}")).unwrap_err().to_string()
}

#[test]
fn a_small_configuration_is_enough() {
    let config = Config::parse(&format!(
        "{HTTP}[[gateway]]\nname = \"t\"\nkind = \"twilio\"\nlisten = \"0.0.0.0:1\"\ntoken = \"x\"\n"
    ))
    .unwrap();
    assert_eq!((config.max_calls, config.gateways[0].kind), (64, Kind::Twilio));
}

#[test]
fn mistakes_are_named() {
    let open = "name = \"a\"\nkind = \"raw\"\nlisten = \"0.0.0.0:1\"\n";
    assert!(refused(open).contains("`token` or `allow` must be set"));
    let home = "name = \"a\"\nlisten = \"127.0.0.1:1\"\n";
    for (more, reason) in [
        ("kind = \"rtp\"\ntoken = \"x\"\n", "no place for a `token`"),
        ("kind = \"raw\"\nrate = 8000\n", "`rate` is for audio forks"),
        ("kind = \"vonage\"\nchannels = 3\n", "`channels` must be 1 or 2"),
        ("kind = \"raw\"\nsilence_s = nan\n", "`silence_s` is out of range"),
        ("kind = \"raw\"\nports = 2\n", "`ports` is for RTP"),
        ("kind = \"rtp\"\nports = 0\n", "`ports`"),
        ("kind = \"raw\"\nmax_calls = 0\n", "line 7: gateway \"a\": `max_calls` is 0"),
        ("kind = \"raw\"\nmax_connections = 4000000000000000000\n", "`max_connections`"),
        ("kind = \"rtp\"\nports = 40000\n", "no so many"),
        ("kind = \"rtp\"\nagent_listen = \"127.0.0.1:3\"\nports = 2\n", "overlap"),
        ("kind = \"raw\"\ncolour = 1\n", "colour"),
        ("kind = \"fax\"\n", "fax"),
    ] {
        let said = refused(&format!("{home}{more}"));
        assert!(said.contains(reason), "{said}");
    }
    assert!(Config::parse("[http]\nlisten = \"0.0.0.0:1\"\n").is_err());
    let many = format!("max_calls = 1000000000\n{HTTP}");
    assert!(Config::parse(&many).unwrap_err().to_string().contains("`max_calls`"));
}

#[test]
fn the_example_works_as_it_is() {
    let config = Config::parse(EXAMPLE).unwrap();
    assert!(config.http.listen.ip().is_loopback() && !config.agent_emotion);
    // What is commented out works as well, once it is filled in.
    let uncommented: Vec<&str> = EXAMPLE
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(rest) if rest.starts_with('[') || rest.contains(" = ") => rest,
            _ => line,
        })
        .filter(|line| !line.starts_with("tls") && !line.starts_with("token = { env"))
        .collect();
    let uncommented =
        uncommented.join("\n").replace("secret_file = \"webhook.secret\"", "secret = \"s\"");
    let uncommented = uncommented.replace("role = ", "token_sha256 = \"HASH\"\nrole = ");
    let config = Config::parse(&uncommented.replace("HASH", &"0a".repeat(32)));
    assert!(config.is_ok(), "{}\n{uncommented}", config.unwrap_err());
}

#[test]
fn tokens_that_make_no_sense_are_refused() {
    let raw = "[[gateway]]\nname = \"raw\"\nkind = \"raw\"\nlisten = \"127.0.0.1:1\"\n\
               [[gateway]]\nname = \"rtp\"\nkind = \"rtp\"\nlisten = \"127.0.0.1:2\"\n";
    let token = |more: &str| {
        let config = format!("{HTTP}{raw}[[token]]\nname = \"t\"\n{more}");
        Config::parse(&config).map_err(|error| error.to_string())
    };
    for (more, reason) in [
        ("role = \"boss\"\ntoken = \"x\"\n", "boss"),
        ("role = \"admin\"\n", "must be set"),
        ("role = \"agent\"\ntoken = \"x\"\n", "`calls` must say"),
        (
            "role = \"admin\"\ntoken = \"x\"\ncalls = [\"a\"]\n",
            "line 15: token \"t\": `calls` is for",
        ),
        ("role = \"ingest\"\ntoken = \"x\"\n", "`gateways` must name"),
        ("role = \"ingest\"\ntoken = \"x\"\ngateways = [\"fax\"]\n", "no gateway \"fax\""),
        ("role = \"ingest\"\ntoken = \"x\"\ngateways = [\"rtp\"]\n", "no place for a token"),
        ("role = \"admin\"\ntoken = \"${T}\"\n", "line 14: token \"t\": `token` holds"),
    ] {
        let said = token(more).unwrap_err();
        assert!(said.contains(reason), "{said}");
    }
    let ingest = token("role = \"ingest\"\ntoken = \"x\"\ngateways = [\"raw\"]\n").unwrap();
    assert!(ingest.gateways[0].tokens[0].matches("x") && ingest.gateways[1].tokens.is_empty());
    let open = "[http]\nlisten = \"0.0.0.0:1\"\n";
    let agent = "[[token]]\nname = \"t\"\nrole = \"admin\"\ntoken = \"x\"\n";
    assert!(Config::parse(&format!("{open}{agent}")).is_ok());
}
