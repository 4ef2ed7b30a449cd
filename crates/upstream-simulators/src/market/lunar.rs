//! Dates of the lunar holidays on the solar calendar.

use chrono::NaiveDate;

/// The three lunar holidays of one solar year.
#[derive(Clone, Copy)]
pub(crate) struct LunarHolidays {
    pub(crate) spring_festival: NaiveDate,
    pub(crate) dragon_boat: NaiveDate,
    pub(crate) mid_autumn: NaiveDate,
}

const FIRST_YEAR: i32 = 1990;

/// Month and day of lunar 1/1, 5/5 and 8/15, as `mmdd`.
#[rustfmt::skip]
const TABLE: [[u32; 3]; 47] = [
    [ 127,  528, 1003], // 1990
    [ 215,  616,  922], // 1991
    [ 204,  605,  911], // 1992
    [ 123,  624,  930], // 1993
    [ 210,  613,  920], // 1994
    [ 131,  602,  909], // 1995
    [ 219,  620,  927], // 1996
    [ 207,  609,  916], // 1997
    [ 128,  530, 1005], // 1998
    [ 216,  618,  924], // 1999
    [ 205,  606,  912], // 2000
    [ 124,  625, 1001], // 2001
    [ 212,  615,  921], // 2002
    [ 201,  604,  911], // 2003
    [ 122,  622,  928], // 2004
    [ 209,  611,  918], // 2005
    [ 129,  531, 1006], // 2006
    [ 218,  619,  925], // 2007
    [ 207,  608,  914], // 2008
    [ 126,  528, 1003], // 2009
    [ 214,  616,  922], // 2010
    [ 203,  606,  912], // 2011
    [ 123,  623,  930], // 2012
    [ 210,  612,  919], // 2013
    [ 131,  602,  908], // 2014
    [ 219,  620,  927], // 2015
    [ 208,  609,  915], // 2016
    [ 128,  530, 1004], // 2017
    [ 216,  618,  924], // 2018
    [ 205,  607,  913], // 2019
    [ 125,  625, 1001], // 2020
    [ 212,  614,  921], // 2021
    [ 201,  603,  910], // 2022
    [ 122,  622,  929], // 2023
    [ 210,  610,  917], // 2024
    [ 129,  531, 1006], // 2025
    [ 217,  619,  925], // 2026
    [ 206,  609,  915], // 2027
    [ 126,  528, 1003], // 2028
    [ 213,  616,  922], // 2029
    [ 203,  605,  912], // 2030
    [ 123,  624, 1001], // 2031
    [ 211,  612,  919], // 2032
    [ 131,  601,  908], // 2033
    [ 219,  620,  927], // 2034
    [ 208,  610,  916], // 2035
    [ 128,  530, 1004], // 2036
];

/// The holidays of `year`; `None` outside the table (1990 to 2036).
pub(crate) fn holidays(year: i32) -> Option<LunarHolidays> {
    let row = TABLE.get(usize::try_from(year - FIRST_YEAR).ok()?)?;
    let date = |mmdd: u32| NaiveDate::from_ymd_opt(year, mmdd / 100, mmdd % 100);
    Some(LunarHolidays { spring_festival: date(row[0])?, dragon_boat: date(row[1])?, mid_autumn: date(row[2])? })
}
