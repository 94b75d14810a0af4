//! What the values of a column are, by its types.

use parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type as Physical};
use parquet::schema::types::Type;

/// The shape of a column's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// A truth value.
    Bool,
    /// A whole number.
    Signed,
    /// A whole number without sign.
    Unsigned,
    /// A number with so many digits after the point.
    Decimal { scale: usize },
    /// A number of 16, 32 or 64 bits, as the shortest text that is that number.
    Float,
    /// A day, counted from 1970-01-01.
    Date,
    /// A time of day.
    Time(Unit),
    /// A moment, counted from 1970-01-01.
    Timestamp(Unit, Zone),
    /// Text.
    Text,
    /// A JSON document.
    Json,
    /// 16 bytes, in groups of hexadecimal digits.
    Uuid,
    /// Bytes, as hexadecimal digits.
    Bytes,
}

/// What times are counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Milliseconds,
    Microseconds,
    Nanoseconds,
}

/// Where a moment is told from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Zone {
    /// From UTC.
    Utc,
    /// From a clock on some wall.
    Local,
}

impl Form {
    /// The form of a column without columns below it; errs where its types contradict each other.
    pub(super) fn of(kind: &Type) -> Result<Self, String> {
        let info = kind.get_basic_info();
        let form = match info.logical_type_ref() {
            Some(logical) => logically(logical, kind)?,
            None => converted(info.converted_type(), kind)?,
        };
        let form = form.unwrap_or_else(|| plain(kind.get_physical_type()));
        if holds(form, kind.get_physical_type()) {
            return Ok(form);
        }
        Err(format!("the column {:?} has types that do not go together", kind.name()))
    }
}

/// The form of a type in the newer spelling; nothing where it says nothing.
fn logically(logical: &LogicalType, kind: &Type) -> Result<Option<Form>, String> {
    let zone = |is_utc: bool| if is_utc { Zone::Utc } else { Zone::Local };
    Ok(Some(match logical {
        LogicalType::String | LogicalType::Enum => Form::Text,
        LogicalType::Decimal(decimal) => Form::Decimal { scale: scale(decimal.scale, kind)? },
        LogicalType::Date => Form::Date,
        LogicalType::Time(time) => Form::Time(unit(time.unit)),
        LogicalType::Timestamp(time) => {
            Form::Timestamp(unit(time.unit), zone(time.is_adjusted_to_u_t_c))
        }
        LogicalType::Integer(integer) if integer.is_signed => Form::Signed,
        LogicalType::Integer(_) => Form::Unsigned,
        LogicalType::Json => Form::Json,
        LogicalType::Uuid => Form::Uuid,
        LogicalType::Float16 => Form::Float,
        LogicalType::Map
        | LogicalType::List
        | LogicalType::Unknown
        | LogicalType::Bson
        | LogicalType::Variant(_)
        | LogicalType::Geometry(_)
        | LogicalType::Geography(_)
        | LogicalType::File
        | LogicalType::_Unknown { .. } => return Ok(None),
    }))
}

/// The form of a type in the older spelling; nothing where it says nothing.
fn converted(converted: ConvertedType, kind: &Type) -> Result<Option<Form>, String> {
    Ok(Some(match converted {
        ConvertedType::UTF8 | ConvertedType::ENUM => Form::Text,
        ConvertedType::DECIMAL => Form::Decimal { scale: scale(kind.get_scale(), kind)? },
        ConvertedType::DATE => Form::Date,
        ConvertedType::TIME_MILLIS => Form::Time(Unit::Milliseconds),
        ConvertedType::TIME_MICROS => Form::Time(Unit::Microseconds),
        ConvertedType::TIMESTAMP_MILLIS => Form::Timestamp(Unit::Milliseconds, Zone::Utc),
        ConvertedType::TIMESTAMP_MICROS => Form::Timestamp(Unit::Microseconds, Zone::Utc),
        ConvertedType::UINT_8
        | ConvertedType::UINT_16
        | ConvertedType::UINT_32
        | ConvertedType::UINT_64 => Form::Unsigned,
        ConvertedType::INT_8
        | ConvertedType::INT_16
        | ConvertedType::INT_32
        | ConvertedType::INT_64 => Form::Signed,
        ConvertedType::JSON => Form::Json,
        ConvertedType::NONE
        | ConvertedType::MAP
        | ConvertedType::MAP_KEY_VALUE
        | ConvertedType::LIST
        | ConvertedType::BSON
        | ConvertedType::INTERVAL => return Ok(None),
    }))
}

fn plain(physical: Physical) -> Form {
    match physical {
        Physical::BOOLEAN => Form::Bool,
        Physical::INT32 | Physical::INT64 => Form::Signed,
        // The old moments of Impala and Spark, which say nothing of a zone.
        Physical::INT96 => Form::Timestamp(Unit::Nanoseconds, Zone::Local),
        Physical::FLOAT | Physical::DOUBLE => Form::Float,
        Physical::BYTE_ARRAY | Physical::FIXED_LEN_BYTE_ARRAY => Form::Bytes,
    }
}

/// Whether values of a physical type can be meant so.
fn holds(form: Form, physical: Physical) -> bool {
    let (is_int, is_bytes) = match physical {
        Physical::INT32 | Physical::INT64 => (true, false),
        Physical::BYTE_ARRAY | Physical::FIXED_LEN_BYTE_ARRAY => (false, true),
        Physical::BOOLEAN | Physical::INT96 | Physical::FLOAT | Physical::DOUBLE => (false, false),
    };
    match form {
        Form::Bool => physical == Physical::BOOLEAN,
        Form::Signed | Form::Unsigned | Form::Time(_) => is_int,
        Form::Decimal { .. } => is_int || is_bytes,
        Form::Float => {
            matches!(physical, Physical::FLOAT | Physical::DOUBLE | Physical::FIXED_LEN_BYTE_ARRAY)
        }
        Form::Date => physical == Physical::INT32,
        Form::Timestamp(..) => matches!(physical, Physical::INT64 | Physical::INT96),
        Form::Text | Form::Json | Form::Bytes => is_bytes,
        Form::Uuid => physical == Physical::FIXED_LEN_BYTE_ARRAY,
    }
}

/// Most digits after a point; no type in use has more.
const MAX_SCALE: usize = 1000;

fn scale(scale: i32, kind: &Type) -> Result<usize, String> {
    usize::try_from(scale)
        .ok()
        .filter(|scale| *scale <= MAX_SCALE)
        .ok_or_else(|| format!("the column {:?} has a decimal of scale {scale}", kind.name()))
}

fn unit(unit: TimeUnit) -> Unit {
    match unit {
        TimeUnit::MILLIS => Unit::Milliseconds,
        TimeUnit::MICROS => Unit::Microseconds,
        TimeUnit::NANOS => Unit::Nanoseconds,
    }
}
