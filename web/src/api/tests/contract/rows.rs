//! The rows.

/// Request line, body, status, and what is in the answer: of an object at least these members, of a list each item.
pub(super) type Row = (&'static str, &'static str, u16, &'static str);

pub(super) const DISCOVERY: &[Row] = &[
    ("GET /devices/discover", "", 200, r#"[{"mac": "aa:bb:cc:00:00:01", "type": "unknown"}, {}, {}, {}]"#),
    ("GET /devices/discover?ip=&mac=aa:bb:cc:00:00:03", "", 200, r#"[{"mac": "aa:bb:cc:00:00:03"}]"#),
    ("GET /discover", "", 200, "[{}, {}, {}, {}]"),
    ("GET /discover?mac=axe", "", 400, r#"{"errors": [{"parameter": "mac"}]}"#),
    ("GET /devices/discovered", "", 200, r#"[{"info": {"hostname": "axe1", "fanrpm": null}}, {}, {}, {}]"#),
    ("GET /devices/discovered?ips=1&partialIps=all", "", 400, r#"{"errors": [{"parameter": "partialIps"}]}"#),
    ("GET /discovered?hostnames=axe2", "", 200, r#"[{"mac": "aa:bb:cc:00:00:02", "tracing": false}]"#),
    // A device that has no hostname made the whole search fail.
    ("GET /discovered?hostnames=nobody", "", 200, "[]"),
    ("GET /discovered?macs=x&partialMacs=sideways", "", 400, r#"{"errors": [{"parameter": "partialMacs"}]}"#),
    ("GET /devices/discover?mac=axe", "", 400, r#"{"errors": [{"parameter": "mac"}]}"#),
    ("GET /devices/discover?ip=a%20b", "", 400, r#"{"errors": [{"parameter": "ip"}]}"#),
    ("GET /devices/discover?ip=10.0.0.300", "", 400, r#"{"errors": [{"parameter": "ip"}]}"#),
];

pub(super) const IMPRINT: &[Row] = &[
    (
        "PUT /devices/imprint",
        r#"{"macs": ["aa:bb:cc:00:00:03", "00:00:00:00:00:07"]}"#,
        200,
        r#"{"message": "Devices imprint successful", "data": [{"mac": "aa:bb:cc:00:00:03", "state": "idle"}]}"#,
    ),
    // An empty wish imprinted whatever had ever been found.
    ("PUT /devices/imprint", "{}", 400, r##"{"errors": [{"pointer": "#/macs"}]}"##),
    ("PUT /devices/imprint", r#"{"macs": []}"#, 400, r##"{"errors": [{"pointer": "#/macs"}]}"##),
    ("PUT /devices/imprint", r#"{"macs": ["unknown"]}"#, 400, r##"{"errors": [{"pointer": "#/macs/0"}]}"##),
    (
        "PUT /devices/imprint",
        r#"{"macs": ["00:00:00:00:00:07"]}"#,
        404,
        r#"{"message": "No devices found for the provided MAC addresses"}"#,
    ),
    // Two records at one address showed one device twice.
    (
        "PUT /devices/imprint",
        r#"{"macs": ["aa:bb:cc:00:00:03", "aa:bb:cc:00:00:04"]}"#,
        409,
        r#"{"title": "Conflict"}"#,
    ),
    ("PATCH /devices/imprint", r#"{"mac": "aa:bb:cc:00:00:04"}"#, 409, r#"{"title": "Conflict"}"#),
    ("PATCH /devices/imprint", "{}", 400, r##"{"errors": [{"pointer": "#/mac"}]}"##),
    ("PATCH /devices/imprint", r#"{"mac": "axe"}"#, 400, r##"{"errors": [{"pointer": "#/mac"}]}"##),
    ("GET /devices/imprint?q=a&q=b", "", 400, r#"{"errors": [{}]}"#),
    ("GET /devices/imprint/axe", "", 400, r#"{"errors": [{"parameter": "mac"}]}"#),
    ("DELETE /devices/imprint/axe", "", 400, r#"{"errors": [{"parameter": "mac"}]}"#),
    (
        "PATCH /devices/imprint",
        r#"{"mac": "aa:bb:cc:00:00:03"}"#,
        200,
        r#"{"message": "Devices imprint successful", "data": [{}, {}, {}]}"#,
    ),
    ("PATCH /devices/imprint", r#"{"mac": "00:00:00:00:00:07"}"#, 404, r#"{"status": 404}"#),
    ("GET /devices/imprint", "", 200, r#"{"message": "Devices retrieved successfully", "data": [{}, {}]}"#),
    (
        "GET /devices/imprint?q=AXE1",
        "",
        200,
        r#"{"data": [{"mac": "aa:bb:cc:00:00:01", "tracing": true, "presetUuid": null}]}"#,
    ),
    (
        "GET /devices/imprint/aa:bb:cc:00:00:01",
        "",
        200,
        r#"{"message": "Device retrieved successfully", "data": {"info": {"power": 14, "fanrpm": null, "hashRate": 700}}}"#,
    ),
    (
        "GET /devices/imprint/00:00:00:00:00:07",
        "",
        200,
        r#"{"message": "Device retrieved successfully", "data": null}"#,
    ),
    (
        "DELETE /devices/imprint/aa:bb:cc:00:00:01",
        "",
        200,
        r#"{"message": "Device deleted successfully", "data": {"mac": "aa:bb:cc:00:00:01"}}"#,
    ),
    (
        "DELETE /devices/imprint/00:00:00:00:00:07",
        "",
        404,
        r#"{"message": "Device not found", "data": null}"#,
    ),
];

pub(super) const AMEND: &[Row] = &[
    (
        "PATCH /devices/imprint/aa:bb:cc:00:00:01",
        r#"{"device": {"ip": "10.0.0.9", "mac": "AA:BB:CC:00:00:01", "presetUuid": "{preset}", "tracing": false, "info": {"power": 1}}}"#,
        200,
        r#"{"message": "Device updated successfully", "ignored": ["info", "tracing"],
            "data": {"ip": "10.0.0.9", "presetUuid": "{preset}", "info": {"power": 14}}}"#,
    ),
    // Without info it failed with 500.
    ("PATCH /devices/imprint/aa:bb:cc:00:00:01", r#"{"device": {}}"#, 200, r#"{"ignored": []}"#),
    ("PATCH /devices/imprint/aa:bb:cc:00:00:01", "{}", 400, r##"{"errors": [{"pointer": "#/device"}]}"##),
    (
        "PATCH /devices/imprint/aa:bb:cc:00:00:01",
        r#"{"device": {"mac": "aa:bb:cc:00:00:02"}}"#,
        400,
        r##"{"errors": [{"pointer": "#/device/mac"}]}"##,
    ),
    (
        "PATCH /devices/imprint/aa:bb:cc:00:00:01",
        r#"{"device": {"ip": "http://axe/"}}"#,
        400,
        r##"{"errors": [{"pointer": "#/device/ip"}]}"##,
    ),
    (
        "PATCH /devices/imprint/aa:bb:cc:00:00:01",
        r#"{"device": {"presetUuid": "nobody's"}}"#,
        400,
        r##"{"error": "Associated Preset id not available", "errors": [{"pointer": "#/device/presetUuid"}]}"##,
    ),
    // Nothing is how clients of the Node.js system say none.
    (
        "PATCH /devices/imprint/aa:bb:cc:00:00:01",
        r#"{"device": {"presetUuid": ""}}"#,
        200,
        r#"{"data": {"presetUuid": null}}"#,
    ),
    // Two records at one address showed one device twice.
    (
        "PATCH /devices/imprint/aa:bb:cc:00:00:01",
        r#"{"device": {"ip": "10.0.0.1:2"}}"#,
        409,
        r#"{"status": 409}"#,
    ),
    // It made a record of whatever was sent; ours is of a device that discovery knows.
    (
        "PATCH /devices/imprint/aa:bb:cc:00:00:03",
        r#"{"device": {"info": {}}}"#,
        200,
        r#"{"data": {"mac": "aa:bb:cc:00:00:03", "ip": "10.0.0.1:3"}}"#,
    ),
    (
        "PATCH /devices/imprint/00:00:00:00:00:07",
        r#"{"device": {"info": {}}}"#,
        404,
        r#"{"message": "Device not found", "data": null}"#,
    ),
];

pub(super) const LISTEN: &[Row] = &[
    (
        "PUT /devices/listen",
        r#"{"macs": ["aa:bb:cc:00:00:02"], "traceLogs": true}"#,
        200,
        r#"{"message": "Devices listeners set successfully", "data": [{"mac": "aa:bb:cc:00:00:02"}]}"#,
    ),
    ("PUT /devices/listen", r#"{"macs": []}"#, 200, r#"{"data": []}"#),
    // Without macs it failed with 500.
    ("PUT /devices/listen", "{}", 400, r##"{"errors": [{"pointer": "#/macs"}]}"##),
    (
        "PUT /devices/listen",
        r#"{"macs": ["aa:bb:cc:00:00:01"], "traceLogs": 1}"#,
        400,
        r##"{"errors": [{"pointer": "#/traceLogs"}]}"##,
    ),
    ("PUT /devices/listen", r#"{"macs": ["00:00:00:00:00:07"]}"#, 404, r#"{"status": 404}"#),
];

pub(super) const SYSTEM: &[Row] = &[
    (
        "PATCH /devices/aa:bb:cc:00:00:01/system",
        r#"{"mac": "aa:bb:cc:00:00:01", "info": {"hostname": "new", "power": 1, "stratumPassword": "hunter2"}}"#,
        200,
        r#"{"message": "Device system info updated successfully", "data": {"hostname": "new"}, "result": "verified"}"#,
    ),
    // Nothing at all failed with 500 in the older version.
    ("PATCH /devices/aa:bb:cc:00:00:01/system", "{}", 200, r#"{"data": {}, "result": "unchanged"}"#),
    (
        "PATCH /devices/aa:bb:cc:00:00:01/system",
        r#"{"info": {}, "presetUuid": "{preset}"}"#,
        200,
        r#"{"data": {"stratumURL": "pool.example", "stratumPort": 4334}, "result": "verified"}"#,
    ),
    (
        "PATCH /devices/aa:bb:cc:00:00:01/system",
        r#"{"info": {}, "presetUuid": "00000000-0000-0000-0000-000000000000"}"#,
        400,
        r##"{"error": "Associated Preset id not available", "errors": [{"pointer": "#/presetUuid"}]}"##,
    ),
    (
        "PATCH /devices/aa:bb:cc:00:00:01/system",
        r#"{"info": 7}"#,
        400,
        r##"{"errors": [{"pointer": "#/info"}]}"##,
    ),
    // A port that is no number became 0, which stopped the miner.
    (
        "PATCH /devices/aa:bb:cc:00:00:01/system",
        r#"{"info": {"stratumPort": "no port"}}"#,
        400,
        r##"{"errors": [{"pointer": "#/info/stratumPort"}]}"##,
    ),
    ("PATCH /devices/00:00:00:00:00:07/system", r#"{"info": {}}"#, 404, r#"{"error": "Device not found"}"#),
    (
        "POST /devices/aa:bb:cc:00:00:01/system/restart",
        "",
        200,
        r#"{"message": "Device restarted successfully"}"#,
    ),
    ("POST /devices/axe/system/restart", "", 400, r#"{"errors": [{"parameter": "mac"}]}"#),
    ("POST /devices/00:00:00:00:00:07/system/restart", "", 404, r#"{"error": "Device not found"}"#),
    ("POST /devices/aa:bb:cc:00:00:01/system/dance", "", 404, r#"{"status": 404}"#),
    ("DELETE /devices/aa:bb:cc:00:00:01/desired", "", 200, r#"{"data": {"desired": null, "drift": []}}"#),
    (
        "DELETE /devices/aa:bb:cc:00:00:01/desired?settings=hostname",
        "",
        400,
        r#"{"errors": [{"parameter": "settings"}]}"#,
    ),
    (
        "POST /devices/aa:bb:cc:00:00:01/system/pause?seconds=9",
        "",
        400,
        r#"{"errors": [{"parameter": "seconds"}]}"#,
    ),
    ("DELETE /devices/00:00:00:00:00:07/desired", "", 404, r#"{"data": null}"#),
];

pub(super) const PRESETS: &[Row] = &[
    (
        "GET /presets",
        "",
        200,
        r#"{"message": "Presets retrieved successfully", "data": [{"uuid": "{preset}", "secrets": ["stratumPassword"]}]}"#,
    ),
    (
        "GET /presets/{preset}",
        "",
        200,
        r#"{"message": "Preset retrieved successfully", "data": {"name": "Day"}}"#,
    ),
    ("GET /presets/none", "", 404, r#"{"message": "Preset not found", "data": null}"#),
    (
        "POST /presets",
        r#"{"uuid": "mine", "name": " Night ", "configuration": {"stratumPort": "3333", "note": {"wifiPass": "hunter2"}}}"#,
        200,
        r#"{"message": "Preset created successfully",
            "data": {"name": "Night", "configuration": {"stratumPort": 3333, "note": {}}}}"#,
    ),
    // Anything was taken for a preset, also nothing.
    ("POST /presets", "{}", 400, r##"{"errors": [{"pointer": "#/name"}]}"##),
    (
        "POST /presets",
        r#"{"name": "two\nlines", "configuration": {}}"#,
        400,
        r##"{"errors": [{"pointer": "#/name", "detail": "name must be a text of 1 to 100 characters in one line"}]}"##,
    ),
    ("POST /presets", r#"{"name": "x"}"#, 400, r##"{"errors": [{"pointer": "#/configuration"}]}"##),
    (
        "POST /presets",
        r#"{"name": "", "configuration": {}}"#,
        400,
        r##"{"errors": [{"pointer": "#/name"}]}"##,
    ),
    (
        "POST /presets",
        r#"{"name": "x", "configuration": {"stratumPort": 70000}}"#,
        400,
        r##"{"errors": [{"pointer": "#/configuration/stratumPort"}]}"##,
    ),
    ("POST /presets", r#"{"nam": "x"}"#, 400, r##"{"errors": [{"pointer": "#/nam"}]}"##),
    (
        "PATCH /presets/{preset}",
        r#"{"configuration": {"stratumPort": 1, "stratumUser": null}}"#,
        200,
        r#"{"message": "Preset updated successfully", "data": {"name": "Day", "secrets": ["stratumPassword"],
            "configuration": {"stratumURL": "pool.example", "stratumPort": 1}}}"#,
    ),
    (
        "PUT /presets/{preset}",
        r#"{"name": "Night", "configuration": {"frequency": 500}}"#,
        200,
        r#"{"data": {"name": "Night", "secrets": ["stratumPassword"], "configuration": {"frequency": 500}}}"#,
    ),
    (
        "PUT /presets/{preset}",
        r#"{"name": "Night"}"#,
        400,
        r##"{"errors": [{"pointer": "#/configuration"}]}"##,
    ),
    ("PATCH /presets/{preset}", r#"{"name": 7}"#, 400, r##"{"errors": [{"pointer": "#/name"}]}"##),
    (
        "PATCH /presets/{preset}",
        r#"{"configuration": {"frequency": 0}}"#,
        400,
        r##"{"errors": [{"pointer": "#/configuration/frequency"}]}"##,
    ),
    // What was shown goes back as it is.
    (
        "PUT /presets/{preset}",
        r#"{"uuid": "{preset}", "name": "Day", "configuration": {}, "secrets": ["stratumPassword"],
            "createdAt": "2026-01-31T23:59:59.999Z", "updatedAt": "2026-01-31T23:59:59.999Z"}"#,
        200,
        r#"{"data": {"name": "Day", "secrets": ["stratumPassword"]}}"#,
    ),
    (
        "PUT /presets/none",
        r#"{"name": "Day", "configuration": {}}"#,
        404,
        r#"{"message": "Preset not found", "data": null}"#,
    ),
    ("PATCH /presets/none", "{}", 404, r#"{"message": "Preset not found"}"#),
    (
        "DELETE /presets/{preset}",
        "",
        200,
        r#"{"message": "Preset deleted successfully", "data": {"uuid": "{preset}", "associatedDevices": []}}"#,
    ),
    ("DELETE /presets/none", "", 404, r#"{"message": "Preset not found", "data": null}"#),
    (
        "GET /devices/presets/{preset}",
        "",
        200,
        r#"{"message": "Devices by preset retrieved successfully", "data": []}"#,
    ),
    ("GET /devices/presets/none", "", 200, r#"{"data": []}"#),
];

pub(super) const ROLLOUTS: &[Row] = &[
    (
        "POST /presets/{preset}/apply",
        r#"{"macs": ["aa:bb:cc:00:00:01"]}"#,
        202,
        r#"{"presetUuid": "{preset}"}"#,
    ),
    ("POST /presets/{preset}/apply", r#"{"q": "axe"}"#, 202, r#"{"devices": [{}, {}]}"#),
    ("POST /presets/{preset}/apply", "{}", 400, r##"{"errors": [{"pointer": "#/macs"}]}"##),
    ("POST /presets/{preset}/apply", r#"{"q": "nobody"}"#, 400, r##"{"errors": [{"pointer": "#/macs"}]}"##),
    ("POST /presets/{preset}/apply", r#"{"mac": "x"}"#, 400, r##"{"errors": [{"pointer": "#/mac"}]}"##),
    ("POST /presets/{preset}/apply", r#"{"macs": ["00:00:00:00:00:07"]}"#, 404, r#"{"status": 404}"#),
    ("POST /presets/none/apply", r#"{"q": ""}"#, 404, r#"{"message": "Preset not found"}"#),
    (
        "POST /rollouts",
        r#"{"settings": {"hostname": "x"}, "q": "axe1", "force": true}"#,
        202,
        r#"{"presetUuid": null, "settings": {"hostname": "x"}, "devices": [{"mac": "aa:bb:cc:00:00:01"}]}"#,
    ),
    ("POST /rollouts", r#"{"settings": {}, "q": ""}"#, 400, r##"{"errors": [{"pointer": "#/settings"}]}"##),
    (
        "POST /rollouts",
        r#"{"settings": {"frequency": "fast"}, "q": ""}"#,
        400,
        r##"{"errors": [{"pointer": "#/settings/frequency"}]}"##,
    ),
    (
        "POST /rollouts",
        r#"{"settings": {"frequenzy": 1}, "q": ""}"#,
        400,
        r##"{"errors": [{"pointer": "#/settings"}]}"##,
    ),
    ("GET /rollouts", "", 200, "[]"),
    // On paths of ours a key of the query that means nothing would be lost.
    ("GET /rollouts?state=running", "", 400, r#"{"errors": [{"parameter": "state"}]}"#),
    ("POST /rollouts?force=true", r#"{"settings": {}}"#, 400, r#"{"errors": [{"parameter": "force"}]}"#),
    ("POST /presets/{preset}/apply?force", r#"{"q": "axe"}"#, 400, r#"{"errors": [{"parameter": "force"}]}"#),
    (
        "POST /rollouts",
        r#"{"settings": {"frequency": 500}, "macs": ["00:00:00:00:00:07"]}"#,
        404,
        r#"{"status": 404}"#,
    ),
    ("DELETE /rollouts/none", "", 400, r#"{"errors": [{"parameter": "id"}]}"#),
    ("GET /rollouts/none", "", 400, r#"{"errors": [{"parameter": "id"}]}"#),
    ("GET /rollouts/019a0000-0000-7000-8000-000000000002", "", 404, r#"{"title": "Not Found"}"#),
    ("DELETE /rollouts/019a0000-0000-7000-8000-000000000002", "", 404, r#"{"type": "about:blank"}"#),
];

pub(super) const BACKUP: &[Row] = &[
    ("POST /backup", r#"{"name": "before-upgrade"}"#, 201, r#"{"name": "before-upgrade.redb"}"#),
    ("POST /backup", "", 201, "{}"),
    ("POST /backup?name=up", "", 400, r#"{"errors": [{"parameter": "name"}]}"#),
    ("POST /backup", r#"{"name": "../up"}"#, 400, r##"{"errors": [{"pointer": "#/name"}]}"##),
    ("POST /backup", r#"{"path": "up"}"#, 400, r##"{"errors": [{"pointer": "#/path"}]}"##),
    ("POST /backup", "[]", 400, r#"{"type": "about:blank"}"#),
];
