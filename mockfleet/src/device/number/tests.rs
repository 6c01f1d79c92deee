use super::*;

fn printed(write: fn(&mut Vec<u8>, f64, Floats), number: f64, floats: Floats) -> String {
    let mut out = Vec::new();
    write(&mut out, number, floats);
    String::from_utf8(out).unwrap()
}

#[test]
fn a_double_prints_as_cjson_prints_it() {
    for (number, text) in [
        (0.0, "0"),
        (-1.0, "-1"),
        (2_147_483_647.0, "2147483647"),
        (2_147_483_648.0, "2147483648"),
        (312_500_000.0, "312500000"),
        (5208.75, "5208.75"),
        (0.12, "0.12"),
        (0.000_012_5, "1.25e-05"),
        (-0.000_5, "-0.0005"),
        (1.4e14, "140000000000000"),
        (1.2e15, "1.2e+15"),
        (146_472_570_619_930.78, "146472570619930.78"),
        (1e20, "1e+20"),
        (f64::NAN, "null"),
        (f64::INFINITY, "null"),
    ] {
        assert_eq!(printed(write_number, number, Floats::Widened), text);
    }
}

#[test]
fn a_float_prints_by_the_age_of_the_firmware() {
    for (number, widened, rounded, arduino) in [
        (11.67, "11.670000076293945", "11.6700001", "11.67000008"),
        (8.95, "8.9499998092651367", "8.9499998", "8.949999809"),
        (5208.75, "5208.75", "5208.75", "5208.75"),
        (60.0, "60", "60", "60"),
        (-1.0, "-1", "-1", "-1"),
        (0.5, "0.5", "0.5", "0.5"),
        (-0.25, "-0.25", "-0.25", "-0.25"),
    ] {
        assert_eq!(printed(write_float, number, Floats::Widened), widened);
        assert_eq!(printed(write_float, number, Floats::Rounded), rounded);
        assert_eq!(printed(write_float, number, Floats::Arduino), arduino);
    }
    assert_eq!(printed(write_number, 45_027_012.5, Floats::Arduino), "4.50270125e7");
}

#[test]
fn what_cjson_prints_reads_back_as_the_same_number() {
    let mut number = 1.000_000_1e-6;
    while number < 1e24 {
        let text = printed(write_number, number, Floats::Widened);
        assert_eq!(text.parse(), Ok(number), "{text}");
        number *= 1.7;
    }
}

#[test]
fn numbers_of_a_usual_size_print_as_all_others_do() {
    let written = |write: fn(&mut Vec<u8>, f64), number| {
        let mut out = Vec::new();
        write(&mut out, number);
        String::from_utf8(out).unwrap()
    };
    let mut number = 1.000_000_1e-3;
    while number < 1e15 {
        for number in [number, -number, f64::from(number as f32), (number * 100.0).round() / 100.0] {
            if (1e-3..1e15).contains(&number.abs()) {
                assert_eq!(written(write_usual, number), written(write_any, number));
            }
        }
        number *= 1.003;
    }
    for number in
        [0.001, 0.01, 0.1, 0.999_999_999_999_999_9, 1.0, 9.999_999_999_999_999, 999_999_999_999_999.9]
    {
        assert_eq!(written(write_usual, number), written(write_any, number));
    }
}
