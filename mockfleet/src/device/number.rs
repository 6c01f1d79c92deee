//! How the firmwares print numbers: cJSON's `%1.15g` or `%1.17g`, its rounded floats, and ArduinoJson's decimals.
//!
//! A number goes straight into the body: no text is made of it on the way.

use std::fmt::Arguments;
use std::io::Write;

/// How a firmware prints the fraction of a 32-bit float.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Floats {
    /// Widened to a double, which is then printed whole: `11.670000076293945`. cJSON, ESP-Miner before 2.12.
    Widened,
    /// Rounded to seven decimals first: `11.6700001`. ESP-Miner since 2.12.
    Rounded,
    /// With ten digits at most, nine of them decimals: `11.67000008`. ArduinoJson.
    Arduino,
}

/// The largest number up to which a double holds every integer: 2^53.
const LARGEST_WHOLE: f64 = 9_007_199_254_740_992.0;

/// From here on ArduinoJson writes an exponent.
const ARDUINO_EXPONENT: f64 = 1e7;

/// Prints a double of the firmware.
pub(crate) fn write_number(out: &mut Vec<u8>, number: f64, floats: Floats) {
    if !number.is_finite() {
        out.extend_from_slice(b"null");
    } else if number.fract() == 0.0 && number.abs() <= f64::from(i32::MAX) {
        write_whole(out, number as i64);
    } else if floats == Floats::Arduino {
        write_arduino(out, number);
    } else {
        write_general(out, number);
    }
}

/// Prints a 32-bit float of the firmware.
pub(crate) fn write_float(out: &mut Vec<u8>, number: f64, floats: Floats) {
    let number = f64::from(number as f32);
    let whole = number.fract() == 0.0;
    if floats == Floats::Rounded && !whole && number.abs() < LARGEST_WHOLE / 1e7 {
        write_decimals(out, number, 7);
    } else {
        write_number(out, number, floats);
    }
}

/// Prints an integer.
pub(crate) fn write_whole(out: &mut Vec<u8>, number: i64) {
    if number < 0 {
        out.push(b'-');
    }
    write_digits(out, number.unsigned_abs());
}

fn write_digits(out: &mut Vec<u8>, number: u64) {
    let mut digits = [0_u8; 20];
    let mut at = digits.len();
    let mut left = number;
    loop {
        at -= 1;
        digits[at] = b'0' + (left % 10) as u8;
        left /= 10;
        if left == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

/// Rounds to so many decimals and leaves out the zeros at the end.
fn write_decimals(out: &mut Vec<u8>, number: f64, places: u32) {
    // Below 2^53: a caller's number with its decimals is a whole double.
    let scaled = (number.abs() * POWERS[places as usize] as f64).round() as u64;
    if number < 0.0 && scaled > 0 {
        out.push(b'-');
    }
    write_scaled(out, scaled, places);
}

/// Prints an integer with a point so many places from its end, and no zeros behind it.
fn write_scaled(out: &mut Vec<u8>, scaled: u64, places: u32) {
    let scale = POWERS[places as usize];
    write_digits(out, scaled / scale);
    let mut fraction = scaled % scale;
    if fraction == 0 {
        return;
    }
    let mut digits = [b'0'; 20];
    for digit in digits[..places as usize].iter_mut().rev() {
        *digit = b'0' + (fraction % 10) as u8;
        fraction /= 10;
    }
    let zeros = digits[..places as usize].iter().rev().take_while(|digit| **digit == b'0').count();
    out.push(b'.');
    out.extend_from_slice(&digits[..places as usize - zeros]);
}

/// The powers of ten that 64 bits hold.
const POWERS: [u64; 20] = {
    let mut powers = [1; 20];
    let mut exponent = 1;
    while exponent < powers.len() {
        powers[exponent] = powers[exponent - 1] * 10;
        exponent += 1;
    }
    powers
};

/// ArduinoJson: a digit before the point costs one behind it, and from 10,000,000 on there is an exponent.
fn write_arduino(out: &mut Vec<u8>, number: f64) {
    let exponent = if number.abs() >= ARDUINO_EXPONENT { number.abs().log10().floor() as i32 } else { 0 };
    let mantissa = number / 10_f64.powi(exponent);
    let digits_before = mantissa.abs().max(1.0).log10() as u32;
    write_decimals(out, mantissa, 9 - digits_before.min(9));
    if exponent > 0 {
        out.push(b'e');
        write_whole(out, exponent.into());
    }
}

/// `%1.15g`, and `%1.17g` where that would not read back, as cJSON decides.
fn write_general(out: &mut Vec<u8>, number: f64) {
    if (1e-3..1e15).contains(&number.abs()) {
        write_usual(out, number);
    } else {
        write_any(out, number);
    }
}

fn write_any(out: &mut Vec<u8>, number: f64) {
    let start = out.len();
    let mut digits = Digits::default();
    print(out, format_args!("{number:e}"));
    digits.take(&out[start..]);
    let precision = if digits.len > 15 { 17 } else { 15 };
    if precision == 17 {
        out.truncate(start);
        print(out, format_args!("{number:.16e}"));
        digits.take(&out[start..]);
    }
    out.truncate(start);
    digits.lay_out(out, precision);
}

/// The same for a number of a usual size, ten times as fast: all of it fits into 128 bits.
fn write_usual(out: &mut Vec<u8>, number: f64) {
    let size = number.abs();
    let before = (size as u64).checked_ilog10().map_or(0, |exponent| exponent + 1);
    let zeros = u32::from(size < 0.1) + u32::from(size < 0.01);
    let places = |digits: u32| digits + zeros - before;
    if number < 0.0 {
        out.push(b'-');
    }
    let short = scaled(size, places(15));
    // Both are whole doubles, so that their quotient is the double that the text reads back as.
    if short as f64 / POWERS[places(15) as usize] as f64 == size {
        write_scaled(out, short, places(15));
    } else {
        write_scaled(out, scaled(size, places(17)), places(17));
    }
}

/// A number from 1e-3 to 1e15 times a power of ten, rounded to even as C does.
fn scaled(size: f64, places: u32) -> u64 {
    let bits = size.to_bits();
    let mantissa = bits & ((1 << 52) - 1) | 1 << 52;
    // The number is its mantissa shifted down: by 62 bits at most, and by 3 at least.
    let shift = (1_075 - (bits >> 52)) as u32;
    let product = u128::from(mantissa) * u128::from(POWERS[places as usize]);
    let (quotient, rest) = (product >> shift, product & ((1 << shift) - 1));
    let half = 1 << (shift - 1);
    let up = rest > half || (rest == half && quotient & 1 == 1);
    (quotient + u128::from(up)) as u64
}

/// A `Vec` takes whatever is written, so there is no error to tell.
pub(crate) fn print(out: &mut Vec<u8>, text: Arguments<'_>) {
    let _never_fails = out.write_fmt(text);
}

/// The digits of a number in scientific notation.
#[derive(Default)]
struct Digits {
    negative: bool,
    digits: [u8; 17],
    len: usize,
    exponent: i32,
}

impl Digits {
    /// Reads what `{:e}` prints: `-1.25e-7`.
    fn take(&mut self, text: &[u8]) {
        self.len = 0;
        let mut bytes = text.iter();
        for byte in bytes.by_ref() {
            match *byte {
                b'-' => self.negative = true,
                b'0'..=b'9' if self.len < self.digits.len() => {
                    self.digits[self.len] = *byte;
                    self.len += 1;
                }
                b'e' => break,
                _ => {}
            }
        }
        let exponent = bytes.as_slice();
        let (sign, exponent) = exponent.strip_prefix(b"-").map_or((1, exponent), |rest| (-1, rest));
        self.exponent = sign * exponent.iter().fold(0, |sum, digit| sum * 10 + i32::from(digit - b'0'));
        while self.len > 1 && self.digits[self.len - 1] == b'0' {
            self.len -= 1;
        }
    }

    /// Prints as C's `%g` does.
    fn lay_out(&self, out: &mut Vec<u8>, precision: i32) {
        if self.negative {
            out.push(b'-');
        }
        let digits = &self.digits[..self.len];
        if self.exponent < -4 || self.exponent >= precision {
            point(out, digits, 1);
            print(out, format_args!("e{}{:02}", sign(self.exponent), self.exponent.abs()));
        } else if self.exponent < 0 {
            out.extend_from_slice(b"0.");
            out.extend(std::iter::repeat_n(b'0', self.exponent.unsigned_abs() as usize - 1));
            out.extend_from_slice(digits);
        } else {
            point(out, digits, self.exponent.unsigned_abs() as usize + 1);
        }
    }
}

fn sign(exponent: i32) -> char {
    if exponent < 0 { '-' } else { '+' }
}

/// The digits with a point after so many of them, filled up with zeros.
fn point(out: &mut Vec<u8>, digits: &[u8], before: usize) {
    let (whole, fraction) = digits.split_at(before.min(digits.len()));
    out.extend_from_slice(whole);
    out.extend(std::iter::repeat_n(b'0', before - whole.len()));
    if !fraction.is_empty() {
        out.push(b'.');
        out.extend_from_slice(fraction);
    }
}

#[cfg(test)]
mod tests;
